package dev.relevo.dispatcher.kafka;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.common.supervision.Part;
import dev.relevo.dispatcher.core.Effect;
import dev.relevo.dispatcher.core.JobRecord;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads records of the lanes again, by their offsets, for jobs that waited outside the window
 * (protocol section 4, Waiting).
 *
 * <p>Threads: {@link #want} comes from the loop; one thread of its own, started with the first
 * wish, has the consumer and answers through {@link Answers}. It takes all wishes that wait, and
 * reads each partition once, in the order of its offsets; the core bounds how many there are.
 */
final class BodyReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BodyReader.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  /** After these the next partition has its turn: 2 s. */
  private static final int MAX_IDLE_POLLS = 10;

  /** What stands between two wishes and is cheaper to read over than to seek over, records. */
  private static final long SMALL_GAP = 200;

  private final KafkaClients clients;
  private final TopicNames topics;
  private final String id;
  private final Answers answers;
  private final Part part;
  private final BlockingQueue<Effect.ReadBody> wishes = new LinkedBlockingQueue<>();
  private volatile boolean closed;
  private volatile @Nullable Consumer<String, byte[]> consumer;
  private @Nullable Thread thread;

  /**
   * @param part the thread that reads: a crash starts it again with a consumer of its own
   */
  BodyReader(KafkaClients clients, TopicNames topics, String id, Answers answers, Part part) {
    this.clients = clients;
    this.topics = topics;
    this.id = id;
    this.answers = answers;
    this.part = part;
  }

  /** A record of a lane as the core takes it. */
  static JobRecord job(Lane lane, ConsumerRecord<String, byte[]> record) {
    return new JobRecord(
        lane, record.offset(), record.timestamp(), record.key(), record.headers(), record.value());
  }

  /** Asks for a record; on the loop's thread. */
  void want(Effect.ReadBody wish) {
    wishes.add(wish);
    if (thread == null) {
      thread = part.start(Thread.ofPlatform().name("relevo-" + id + "-bodies").daemon(), this::run);
    }
  }

  private void run() throws InterruptedException {
    try (Consumer<String, byte[]> made =
        clients.assignedConsumer(
            id + "-bodies", KafkaClients.FetchWait.CHANGING, KafkaClients.Start.NONE)) {
      consumer = made;
      while (!closed) {
        List<Effect.ReadBody> batch = new ArrayList<>();
        batch.add(wishes.take());
        wishes.drainTo(batch);
        read(made, batch);
      }
    } catch (WakeupException | InterruptException e) {
      // Only close() does that.
      return;
    }
  }

  private void read(Consumer<String, byte[]> from, List<Effect.ReadBody> batch) {
    batch.sort(Comparator.comparingLong(Effect.ReadBody::offset));
    Map<TopicPartition, Deque<Effect.ReadBody>> wanted = new LinkedHashMap<>();
    for (Effect.ReadBody wish : batch) {
      wanted
          .computeIfAbsent(
              new TopicPartition(topics.lane(wish.lane()), wish.home()), any -> new ArrayDeque<>())
          .add(wish);
    }
    try {
      wanted.forEach((partition, inOrder) -> readIfThere(from, partition, inOrder));
    } finally {
      // What was not answered, be it for a broker that is away or for a crash, waits on.
      wanted.values().forEach(wishes::addAll);
    }
  }

  /** When its broker is away, those jobs wait on, and the other partitions' need not. */
  private void readIfThere(
      Consumer<String, byte[]> from, TopicPartition partition, Deque<Effect.ReadBody> wanted) {
    try {
      read(from, partition, wanted);
    } catch (RetriableException e) {
      LOG.debug("Reading {} again did not succeed yet", partition, e);
    }
  }

  private void read(
      Consumer<String, byte[]> from, TopicPartition partition, Deque<Effect.ReadBody> wanted) {
    from.assign(List.of(partition));
    dropDeleted(from, partition, wanted);
    long position = -1;
    int idlePolls = 0;
    while (!closed && !wanted.isEmpty() && idlePolls < MAX_IDLE_POLLS) {
      long next = wanted.element().offset();
      if (position < 0 || next > position + SMALL_GAP) {
        from.seek(partition, next);
      }
      try {
        ConsumerRecords<String, byte[]> records = from.poll(POLL);
        records.forEach(record -> found(record, wanted));
        idlePolls = records.isEmpty() ? idlePolls + 1 : 0;
        position = from.position(partition);
      } catch (OffsetOutOfRangeException e) {
        // Retention went on meanwhile.
        position = -1;
        dropDeleted(from, partition, wanted);
        continue;
      }
      while (!wanted.isEmpty() && wanted.element().offset() < position) {
        answers.add(new Answers.Answer.Body(wanted.remove(), null));
      }
    }
  }

  /** What stands before the first record there is, or behind the last, was deleted. */
  private void dropDeleted(
      Consumer<String, byte[]> from, TopicPartition partition, Deque<Effect.ReadBody> wanted) {
    long start = from.beginningOffsets(List.of(partition)).getOrDefault(partition, 0L);
    long end = from.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
    wanted.removeIf(wish -> {
      boolean there = wish.offset() >= start && wish.offset() < end;
      if (!there) {
        answers.add(new Answers.Answer.Body(wish, null));
      }
      return !there;
    });
  }

  private void found(ConsumerRecord<String, byte[]> record, Deque<Effect.ReadBody> wanted) {
    while (!wanted.isEmpty() && wanted.element().offset() <= record.offset()) {
      Effect.ReadBody wish = wanted.remove();
      boolean there = wish.offset() == record.offset();
      answers.add(new Answers.Answer.Body(wish, there ? job(wish.lane(), record) : null));
    }
  }

  @Override
  public void close() {
    closed = true;
    Thread reading = thread;
    if (reading == null) {
      return;
    }
    Consumer<String, byte[]> waiting = consumer;
    if (waiting != null) {
      waiting.wakeup();
    }
    reading.interrupt();
    try {
      reading.join(CLOSE_TIMEOUT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
