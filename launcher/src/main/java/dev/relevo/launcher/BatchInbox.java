package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.operator.TopicEnd;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A batch's way to Kafka: an inbox with one partition, whose name and place outlive the process,
 * and a producer for jobs and cancels. For one thread; what Kafka says of records is told to that
 * thread when it asks.
 */
final class BatchInbox implements AutoCloseable {
  /** The key of the record that says the inbox is used (protocol section 1); no job can have it. */
  private static final String ALIVE_KEY = "\u0001alive";

  private static final Duration CALL_BOUND = Duration.ofSeconds(30);

  /** Cancels that were sent last are to arrive; where Kafka is away nobody waits for long. */
  private static final Duration CLOSE_BOUND = Duration.ofSeconds(5);

  private final KafkaClients clients;
  private final TopicNames topics;
  private final HouseTopics house;
  private final Duration retention;
  private final TopicPartition place;
  private final Producer<String, byte[]> producer;
  private final Consumer<String, byte[]> consumer;
  private final Queue<Unsent> unsent = new ConcurrentLinkedQueue<>();
  private final AtomicLong acknowledged = new AtomicLong();
  private long next;

  BatchInbox(KafkaClients clients, Settings settings, UUID batch) {
    this.clients = clients;
    this.topics = new TopicNames(settings.kafka().topics().prefix());
    this.house = new HouseTopics(clients, settings.kafka().topics());
    this.retention = settings.client().replyTopicRetention();
    this.place = new TopicPartition(topics.inbox("batch-" + batch), 0);
    this.producer = clients.producer(ProducerProfile.JOBS, "relevo-tool-batch");
    this.consumer = clients.assignedConsumer("relevo-tool-batch", FetchWait.STEADY, Start.EARLIEST);
  }

  /**
   * A job that Kafka has not taken.
   *
   * @param problem why
   */
  record Unsent(String job, KafkaProblem problem) {}

  String topic() {
    return place.topic();
  }

  /** Makes the inbox of a new batch. */
  void create() {
    house.with(admin -> {
      admin.createInbox(place.topic(), 1, retention);
      return place;
    });
    begin(0);
  }

  /**
   * Goes on where an earlier run was.
   *
   * @return false when not all that stood there from this place on is still there
   */
  boolean resume(long offset) {
    try {
      long end = TopicEnd.of(consumer, place).orElse(-1L);
      if (end < offset) {
        return false;
      }
      Long beginning = consumer.beginningOffsets(List.of(place), CALL_BOUND).get(place);
      if (beginning == null || beginning > offset) {
        return false;
      }
      begin(offset);
      return true;
    } catch (KafkaException e) {
      throw clients.problem(e, "looking for the topic " + place.topic());
    }
  }

  private void begin(long offset) {
    consumer.assign(List.of(place));
    consumer.seek(place, offset);
    next = offset;
  }

  /** Where the next record to be read stands. */
  long position() {
    return next;
  }

  /** Where the inbox ends now; -1 when it is not there any more. */
  long end() {
    try {
      return TopicEnd.of(consumer, place).orElse(-1L);
    } catch (KafkaException e) {
      throw clients.problem(e, "looking for the topic " + place.topic());
    }
  }

  /** What comes within a time. */
  ConsumerRecords<String, byte[]> poll(Duration wait) {
    try {
      ConsumerRecords<String, byte[]> records = consumer.poll(wait);
      for (ConsumerRecord<String, byte[]> record : records) {
        next = record.offset() + 1;
      }
      return records;
    } catch (KafkaException e) {
      throw clients.problem(e, "reading the answers");
    }
  }

  /** Sends a job; {@link #unsent} tells when that fails. */
  void send(String job, Lane lane, JobHeaders headers, byte[] body) {
    ProducerRecord<String, byte[]> record = new ProducerRecord<>(topics.lane(lane), job, body);
    headers.writeTo(record.headers());
    send(record, job, "sending a job");
  }

  /** Asks for a job to be stopped. */
  void cancel(String job, String reason) {
    byte[] value = MessageCodec.encode(new ControlRecord.Cancel(job, reason));
    send(new ProducerRecord<>(topics.control(), job, value), null, "cancelling a job");
  }

  /** Says that somebody still reads here, so that nobody clears the inbox away. */
  void tellAlive() {
    send(new ProducerRecord<>(place.topic(), 0, ALIVE_KEY, new byte[0]), null, "keeping the inbox");
  }

  private void send(ProducerRecord<String, byte[]> record, @Nullable String job, String doing) {
    try {
      var _ =
          producer.send(
              record,
              (_, failure) -> {
                if (failure == null) {
                  acknowledged.incrementAndGet();
                } else if (job != null) {
                  unsent.add(new Unsent(job, clients.problem(failure, doing)));
                }
              });
    } catch (RuntimeException e) {
      if (job != null) {
        unsent.add(new Unsent(job, clients.problem(e, doing)));
      }
    }
  }

  /** A job that Kafka has not taken, once; null when there is none. */
  @Nullable Unsent unsent() {
    return unsent.poll();
  }

  /** How many records Kafka has taken: it grows as long as Kafka answers. */
  long acknowledged() {
    return acknowledged.get();
  }

  /** Removes the inbox; nobody needs it any more. */
  void delete() {
    house.with(admin -> {
      admin.delete(List.of(place.topic()));
      return place;
    });
  }

  @Override
  public void close() {
    producer.close(CLOSE_BOUND);
    // Without a goodbye: it would wait for the fetch under way.
    consumer.close(CloseOptions.timeout(Duration.ZERO));
  }
}
