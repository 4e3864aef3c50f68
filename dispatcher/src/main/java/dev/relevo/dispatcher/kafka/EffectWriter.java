package dev.relevo.dispatcher.kafka;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.kafka.ReplyProducers;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.Message;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.dispatcher.core.Effect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Carries out what the core wants written. State, assignments, settlements and dead letters go out
 * from the loop's thread, which never waits for them. A reply place may be gone, and a producer
 * waits long for a topic that is not there: replies and read-backs have threads of their own, at
 * most {@value #MAX_REPLIES} at a time. Bodies are read again by a thread of their own.
 */
final class EffectWriter implements AutoCloseable {
  private static final int MAX_REPLIES = 32;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final TopicNames topics;
  private final Answers answers;
  private final DispatcherMetrics metrics;
  private final Producer<String, byte[]> assignments;
  private final Producer<String, byte[]> state;
  private final ReplyProducers replies;
  private final ReplyReader reader;
  private final BodyReader bodies;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore running = new Semaphore(MAX_REPLIES);

  EffectWriter(
      KafkaClients clients,
      TopicNames topics,
      String id,
      Answers answers,
      DispatcherMetrics metrics) {
    this.topics = topics;
    this.answers = answers;
    this.metrics = metrics;
    this.assignments = clients.producer(ProducerProfile.ASSIGNMENTS, id + "-assignments");
    this.state = clients.producer(ProducerProfile.STATE, id + "-state");
    this.replies = new ReplyProducers(clients, id + "-replies");
    this.reader = new ReplyReader(clients, id);
    this.bodies = new BodyReader(clients, topics, id, answers);
  }

  void carryOut(Effect effect) {
    switch (effect) {
      case Effect.WriteState state -> writeState(state);
      case Effect.Assign assign -> assign(assign);
      case Effect.Settle settle -> settle(settle);
      case Effect.Bury bury -> bury(bury);
      case Effect.Reply reply -> inBackground(() -> reply(reply));
      case Effect.ReadBack readBack -> inBackground(() -> readBack(readBack));
      case Effect.ReadBody readBody -> bodies.want(readBody);
    }
  }

  private void writeState(Effect.WriteState record) {
    Headers headers = new RecordHeaders();
    byte[] value = null;
    if (record.record() == null) {
      headers.add(HeaderNames.EPOCH, utf8(Long.toString(record.epoch())));
    } else {
      value = MessageCodec.encode(record.record());
      metrics.recorded(record.record());
    }
    write(state, record, topics.state(), record.home(), record.job(), value, headers);
  }

  private void assign(Effect.Assign assign) {
    metrics.assigned();
    write(
        assignments,
        assign,
        topics.assignments(),
        assign.slot(),
        assign.assignment().job(),
        assign.body(),
        assign.assignment().toHeaders());
  }

  private void settle(Effect.Settle settle) {
    write(
        state,
        settle,
        topics.events(),
        settle.home(),
        settle.job(),
        MessageCodec.encode(settle.record()),
        fenced(settle.fence()));
  }

  private void bury(Effect.Bury bury) {
    Headers headers = new RecordHeaders();
    if (bury.headers() != null) {
      for (Header header : bury.headers()) {
        headers.add(header);
      }
    }
    headers.remove(HeaderNames.DEAD);
    if (bury.letter() != null) {
      headers.add(HeaderNames.DEAD, MessageCodec.encode(bury.letter()));
      metrics.buried(bury.letter());
    }
    // A null value would take the letter out again: a job without one keeps an empty value.
    byte[] value = bury.letter() != null && bury.value() == null ? new byte[0] : bury.value();
    write(state, bury, topics.dead(), bury.home(), bury.key(), value, headers);
  }

  private void write(
      Producer<String, byte[]> producer,
      Effect effect,
      String topic,
      int partition,
      String key,
      byte @Nullable [] value,
      Headers headers) {
    var _ =
        producer.send(
            new ProducerRecord<>(topic, partition, key, value, headers),
            (written, failure) ->
                answers.add(
                    failure == null
                        ? new Answers.Answer.Written(effect, written.offset())
                        : new Answers.Answer.Broken(effect, failure)));
  }

  private void reply(Effect.Reply reply) {
    Message record = reply.record();
    try (ReplyProducers.Lease producer = replies.lease(reply.place().topic())) {
      producer.send(
          new ProducerRecord<>(
              reply.place().topic(),
              reply.place().partition(),
              reply.job(),
              MessageCodec.encode(record),
              fenced(reply.fence())),
          (written, failure) ->
              answers.add(replied(reply, written == null ? -1 : written.offset(), failure)));
    }
  }

  private static Answers.Answer replied(
      Effect.Reply reply, long offset, @Nullable Exception failure) {
    if (failure == null) {
      return new Answers.Answer.Written(reply, offset);
    }
    // A topic that is not there shows as a time-out of its metadata.
    boolean gone =
        failure instanceof UnknownTopicOrPartitionException
            || failure instanceof InvalidTopicException
            || failure instanceof TimeoutException
            || failure instanceof IllegalArgumentException;
    return gone ? new Answers.Answer.Unheard(reply) : new Answers.Answer.Broken(reply, failure);
  }

  private void readBack(Effect.ReadBack readBack) {
    try {
      answers.add(new Answers.Answer.Read(readBack, reader.terminal(readBack)));
    } catch (ReplyReader.GoneException e) {
      answers.add(new Answers.Answer.Unheard(readBack));
    } catch (RuntimeException e) {
      answers.add(new Answers.Answer.Broken(readBack, e));
    }
  }

  private void inBackground(Runnable task) {
    threads.execute(() -> {
      running.acquireUninterruptibly();
      try {
        task.run();
      } finally {
        running.release();
      }
    });
  }

  private static Headers fenced(Fence fence) {
    Headers headers = new RecordHeaders();
    MessageCodec.putFence(headers, fence);
    return headers;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Sends what is under way, for a bounded time. */
  void flush() {
    assignments.flush();
    state.flush();
  }

  @Override
  public void close() {
    bodies.close();
    threads.shutdownNow();
    assignments.close(CLOSE_TIMEOUT);
    state.close(CLOSE_TIMEOUT);
    replies.close(CLOSE_TIMEOUT);
  }
}
