package dev.relevo.dispatcher.kafka;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.kafka.ReplyProducers;
import dev.relevo.common.kafka.TopicInquiry;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.supervision.Part;
import dev.relevo.dispatcher.core.Effect;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes to reply places and reads them back. Their topics are other people's: they may be gone,
 * refuse us, or take no record of ours, and none of that stops a dispatcher or holds up who waits
 * for another place. So Kafka is asked for the topic first, which costs no thread; only for one
 * that is there a thread is taken, at most {@value #MAX_AT_ONCE} at a time. While Kafka itself does
 * not answer, the step is taken again, for {@link #PATIENCE}: a reader must not go without the end
 * of its answer because a broker was restarted.
 */
@SuppressWarnings("FutureReturnValueIgnored") // everything is answered through Answers
final class ReplyDesk implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReplyDesk.class);
  private static final int MAX_AT_ONCE = 32;
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Answers answers;
  private final Part part;
  private final ReplyProducers producers;
  private final ReplyReader reader;
  private final TopicInquiry inquiry;
  private final ScheduledThreadPoolExecutor timer;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore running = new Semaphore(MAX_AT_ONCE);

  /**
   * @param admin not closed here
   */
  ReplyDesk(KafkaClients clients, Admin admin, String id, Answers answers, Part part) {
    this.answers = answers;
    this.part = part;
    this.producers = new ReplyProducers(clients, id + "-replies");
    this.reader = new ReplyReader(clients, id);
    this.timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("relevo-" + id + "-replies").factory());
    this.inquiry = new TopicInquiry(admin, timer);
  }

  /** A step of somebody's ending, until it is answered. */
  private record Step(Effect effect, ReplyPlace place, long sinceNanos) {}

  void write(Effect.Reply reply) {
    begin(new Step(reply, reply.place(), System.nanoTime()));
  }

  void readBack(Effect.ReadBack readBack) {
    begin(new Step(readBack, readBack.place(), System.nanoTime()));
  }

  private void begin(Step step) {
    guarded(
        step,
        () ->
            inquiry
                .ask(step.place.topic())
                .thenAccept(found -> guarded(step, () -> found(step, found))));
  }

  /** No step is lost: without its end a job would wait for ever. */
  private void guarded(Step step, Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      part.crashed(e);
      later(step, e.toString());
    }
  }

  private void found(Step step, TopicInquiry.Finding finding) {
    if (finding.lacks(step.place.partition())) {
      answers.add(new Answers.Answer.Unheard(step.effect));
    } else if (finding.has(step.place.partition())) {
      inBackground(step);
    } else {
      later(step, "Kafka does not say whether it is there");
    }
  }

  private void inBackground(Step step) {
    try {
      threads.execute(() -> {
        running.acquireUninterruptibly();
        try {
          carryOut(step);
        } catch (InterruptException e) {
          Thread.currentThread().interrupt();
        } catch (KafkaException | KafkaProblem e) {
          failed(step, e);
        } catch (RuntimeException | Error e) {
          part.crashed(e);
          later(step, e.toString());
        } finally {
          running.release();
        }
      });
    } catch (RejectedExecutionException e) {
      LOG.debug("The dispatcher stops; {} is left to the next one", step.effect, e);
    }
  }

  private void carryOut(Step step) {
    switch (step.effect) {
      case Effect.Reply reply -> send(step, reply);
      case Effect.ReadBack readBack ->
          answers.add(new Answers.Answer.Read(readBack, reader.terminal(readBack)));
      case Effect.WriteState _,
          Effect.Assign _,
          Effect.Settle _,
          Effect.Bury _,
          Effect.ReadBody _ ->
          throw new IllegalStateException("no step of a reply place: " + step.effect);
    }
  }

  private void send(Step step, Effect.Reply reply) {
    Headers headers = new RecordHeaders();
    MessageCodec.putFence(headers, reply.fence());
    try (ReplyProducers.Lease producer = producers.lease(reply.place().topic())) {
      producer.send(
          new ProducerRecord<>(
              reply.place().topic(),
              reply.place().partition(),
              reply.job(),
              MessageCodec.encode(reply.record()),
              headers),
          (written, failure) -> {
            if (failure == null) {
              answers.add(new Answers.Answer.Written(reply, written.offset()));
            } else {
              failed(step, failure);
            }
          });
    }
  }

  private void failed(Step step, Exception failure) {
    if (isRefusal(failure)) {
      giveUp(step, String.valueOf(failure.getMessage()));
    } else {
      later(step, String.valueOf(failure.getMessage()));
    }
  }

  /**
   * Whether Kafka has said no, for good, to this place: then nobody hears us. All else another try
   * may mend: a client that finds no broker's address cannot even be made.
   */
  static boolean isRefusal(Exception failure) {
    return failure instanceof ApiException
        && !(failure instanceof RetriableException)
        && !(failure instanceof AuthenticationException);
  }

  private void later(Step step, String why) {
    if (System.nanoTime() - step.sinceNanos > PATIENCE.toNanos()) {
      giveUp(step, why);
      return;
    }
    try {
      timer.schedule(() -> begin(step), PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("The dispatcher stops; {} is left to the next one", step.effect, e);
    }
  }

  private void giveUp(Step step, String why) {
    LOG.warn("The reply place {} is given up: {}", step.place, why);
    answers.add(new Answers.Answer.Unheard(step.effect));
  }

  @Override
  public void close() {
    threads.shutdownNow();
    timer.shutdownNow();
  }

  /** After {@link #close}: sends what is under way, for a bounded time. */
  void closeProducers(Duration timeout) {
    producers.close(timeout);
  }
}
