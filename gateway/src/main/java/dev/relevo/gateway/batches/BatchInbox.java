package dev.relevo.gateway.batches;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.operator.TopicEnd;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;

/**
 * A batch's way to Kafka: its inbox, {@code relevo.inbox.batch-<UUID>}, which holds the answers to
 * all its jobs until its files are written, and a producer for jobs and cancels. For one thread.
 */
final class BatchInbox implements AutoCloseable {
  /** Longer than a batch may take, and the gateways be away. */
  private static final Duration RETENTION = Duration.ofDays(7);

  private static final Duration SCAN_BOUND = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration CLOSE_BOUND = Duration.ofSeconds(5);

  private final KafkaClients clients;
  private final TopicLayout layout;
  private final TopicNames names;
  private final TopicPartition place;
  private final org.apache.kafka.clients.consumer.Consumer<String, byte[]> consumer;
  private final Producer<String, byte[]> producer;

  /** Jobs that Kafka has not acknowledged, which may have to be sent again. */
  private final Map<String, Sent> unacknowledged = new ConcurrentHashMap<>();

  private final AtomicLong unacknowledgedCharacters = new AtomicLong();
  private final AtomicInteger unacknowledgedCancels = new AtomicInteger();
  private final Queue<Refused> refused = new ConcurrentLinkedQueue<>();
  private long next;

  private record Sent(JobHeaders headers, String body) {}

  private record Refused(KafkaProblem problem, Runnable again) {}

  BatchInbox(KafkaClients clients, TopicLayout layout, String batch) {
    this.clients = clients;
    this.layout = layout;
    this.names = layout.names();
    this.place = new TopicPartition(topic(names, batch), 0);
    String id = "relevo-batch-" + batch;
    this.consumer = clients.assignedConsumer(id, FetchWait.STEADY, Start.EARLIEST);
    this.producer = clients.producer(ProducerProfile.JOBS, id);
    consumer.assign(List.of(place));
  }

  static String topic(TopicNames names, String batch) {
    return names.inbox("batch-" + batch);
  }

  String topic() {
    return place.topic();
  }

  /** Makes it, unless it is there. */
  void create() {
    try (Admin admin = clients.admin("relevo-gateway-inbox")) {
      new TopicAdmin(admin, layout, clients.access().bootstrapServers())
          .createInbox(place.topic(), 1, RETENTION);
    }
  }

  /** Whether it is there. */
  boolean exists() {
    try {
      return TopicEnd.of(consumer, place).isPresent();
    } catch (KafkaException e) {
      throw clients.problem(e, "looking for the topic " + place.topic());
    }
  }

  /** Where the next record to be read stands. */
  long position() {
    return next;
  }

  /**
   * Reads from the beginning to where it ends now.
   *
   * @param go is asked now and then
   * @return false when it was stopped before
   */
  boolean readAll(Consumer<ConsumerRecord<String, byte[]>> taker, Go go) {
    next = 0;
    consumer.seek(place, 0);
    long end = end();
    long untilNanos = System.nanoTime() + SCAN_BOUND.toNanos();
    while (next < end) {
      if (!go.on()) {
        return false;
      }
      if (poll(POLL, taker)) {
        untilNanos = System.nanoTime() + SCAN_BOUND.toNanos();
      } else if (System.nanoTime() - untilNanos > 0) {
        throw new KafkaProblem(
            KafkaProblem.Kind.TIMEOUT,
            "The inbox %s could not be read within %d s."
                .formatted(place.topic(), SCAN_BOUND.toSeconds()),
            null);
      }
    }
    return true;
  }

  /** Whether to go on. */
  @FunctionalInterface
  interface Go {
    boolean on();
  }

  /** An inbox that is not there is no empty one: whoever ended the batch has removed it. */
  private long end() {
    try {
      return TopicEnd.of(consumer, place)
          .orElseThrow(() ->
              new KafkaProblem(
                  KafkaProblem.Kind.BROKEN_RULE,
                  "The inbox %s is not there any more.".formatted(place.topic()),
                  null));
    } catch (KafkaException e) {
      throw clients.problem(e, "looking for the topic " + place.topic());
    }
  }

  /** Takes what comes within a time; returns whether anything came. */
  boolean poll(Duration wait, Consumer<ConsumerRecord<String, byte[]>> taker) {
    try {
      boolean came = false;
      for (ConsumerRecord<String, byte[]> record : consumer.poll(wait)) {
        next = record.offset() + 1;
        came = true;
        taker.accept(record);
      }
      return came;
    } catch (KafkaException e) {
      throw clients.problem(e, "reading the answers of a batch");
    }
  }

  /** Sends a job; what Kafka does not take {@link #sendAgain} sends once more. */
  void send(String job, JobHeaders headers, String body) {
    unacknowledged.put(job, new Sent(headers, body));
    unacknowledgedCharacters.addAndGet(body.length());
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(names.batchJobs(), job, body.getBytes(UTF_8));
    headers.writeTo(record.headers());
    deliver(record, "sending a job", () -> acknowledged(job), () -> sendJobAgain(job));
  }

  /**
   * @param taken told when Kafka has it
   * @param again sends it once more, on the thread that asks for that
   */
  private void deliver(
      ProducerRecord<String, byte[]> record, String doing, Runnable taken, Runnable again) {
    try {
      var _ =
          producer.send(
              record,
              (_, failure) -> {
                if (failure == null) {
                  taken.run();
                } else {
                  refused.add(new Refused(clients.problem(failure, doing), again));
                }
              });
    } catch (RuntimeException e) {
      refused.add(new Refused(clients.problem(e, doing), again));
    }
  }

  private void acknowledged(String job) {
    Sent sent = unacknowledged.remove(job);
    if (sent != null) {
      unacknowledgedCharacters.addAndGet(-sent.body().length());
    }
  }

  /** Characters of the requests that Kafka has not acknowledged. */
  long unacknowledgedCharacters() {
    return unacknowledgedCharacters.get();
  }

  /**
   * Sends again what Kafka has not taken; it may have taken it, and then nothing runs twice.
   *
   * @return how much there was to send again
   * @throws KafkaProblem when sending again would not help
   */
  int sendAgain() {
    int count = refused.size();
    for (int i = 0; i < count; i++) {
      Refused one = refused.remove();
      if (!mayHeal(one.problem())) {
        throw one.problem();
      }
      one.again().run();
    }
    return count;
  }

  /** Kafka was away, or says itself that it may pass: replicas are missing, a leader moves. */
  private static boolean mayHeal(KafkaProblem problem) {
    return problem.isTransient()
        || (problem.kind() == KafkaProblem.Kind.OTHER
            && problem.getCause() instanceof RetriableException);
  }

  private void sendJobAgain(String job) {
    Sent sent = unacknowledged.get(job);
    if (sent != null) {
      unacknowledgedCharacters.addAndGet(-sent.body().length());
      send(job, sent.headers(), sent.body());
    }
  }

  /** Asks for a job to be stopped; what Kafka does not take {@link #sendAgain} sends once more. */
  void cancel(String job, String reason) {
    unacknowledgedCancels.incrementAndGet();
    sendCancel(job, MessageCodec.encode(new ControlRecord.Cancel(job, reason)));
  }

  private void sendCancel(String job, byte[] value) {
    deliver(
        new ProducerRecord<>(names.control(), 0, job, value),
        "cancelling a job",
        unacknowledgedCancels::decrementAndGet,
        () -> sendCancel(job, value));
  }

  /** Whether Kafka has not acknowledged every cancel. */
  boolean hasOpenCancels() {
    return unacknowledgedCancels.get() > 0;
  }

  @Override
  public void close() {
    producer.close(CLOSE_BOUND);
    // Without a goodbye: it would wait for the fetch under way.
    consumer.close(CloseOptions.timeout(Duration.ZERO));
  }
}
