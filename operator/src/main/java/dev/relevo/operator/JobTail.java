package dev.relevo.operator;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * The jobs of one partition of state or of a lane, from the newest record backwards. Kafka only
 * reads forwards, so that is done a stretch at a time, longer ones where compaction has left
 * little. Used by one thread.
 */
final class JobTail {
  /** Records that it holds at most. */
  static final int MOST_HELD = 500;

  private static final long LONGEST_STRETCH = 1 << 20;
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration CALL_BOUND = Duration.ofSeconds(10);
  private static final int MOST_EMPTY_POLLS = 20;

  private final int number;
  private final Consumer<String, byte[]> consumer;
  private final TopicPartition partition;
  private final Function<ConsumerRecord<String, byte[]>, Optional<KnownJob>> wanted;
  private final long begin;
  private final Deque<Held> held = new ArrayDeque<>();
  private long end;
  private long stretch;
  private long recordsRead;

  /**
   * A job that is wanted.
   *
   * @param offset of its record
   * @param writtenAtMs when Kafka took that, epoch milliseconds
   */
  record Held(KnownJob job, long offset, long writtenAtMs) {}

  /**
   * Reads nothing yet.
   *
   * @param number what it is called in a {@link JobCursor}
   * @param begin where it begins
   * @param end the records before this offset are meant
   * @param first offsets that it begins with
   * @param wanted makes a job of a record, if it is one to be listed
   */
  JobTail(
      int number,
      Consumer<String, byte[]> consumer,
      TopicPartition partition,
      long begin,
      long end,
      int first,
      Function<ConsumerRecord<String, byte[]>, Optional<KnownJob>> wanted) {
    this.number = number;
    this.consumer = consumer;
    this.partition = partition;
    this.end = end;
    this.stretch = first;
    this.wanted = wanted;
    this.begin = begin;
  }

  int number() {
    return number;
  }

  /** Records before this are yet to be told of. */
  long end() {
    return held.isEmpty() ? end : held.peekLast().offset() + 1;
  }

  /** How many records it has read in all. */
  long recordsRead() {
    return recordsRead;
  }

  /** Whether there may be more. */
  boolean hasMore() {
    return !held.isEmpty() || end > begin;
  }

  /** The newest of those that are held; empty when none is. */
  Optional<Held> peek() {
    return Optional.ofNullable(held.peekLast());
  }

  /** It was told of. */
  void remove() {
    held.removeLast();
  }

  /** Reads the next stretch, where none is held. */
  void readStretch() {
    long from = Math.max(begin, end - stretch);
    long records = read(from, end);
    // What did not fit is read again with the next stretch.
    end = held.size() < MOST_HELD ? from : held.getFirst().offset();
    stretch =
        records * 2 > MOST_HELD
            ? Math.max(MOST_HELD, stretch / 2)
            : Math.min(LONGEST_STRETCH, stretch * 4);
  }

  private long read(long from, long to) {
    consumer.assign(List.of(partition));
    consumer.seek(partition, from);
    long records = 0;
    int emptyPolls = 0;
    while (consumer.position(partition, CALL_BOUND) < to) {
      List<ConsumerRecord<String, byte[]>> polled = consumer.poll(POLL).records(partition);
      emptyPolls = polled.isEmpty() ? emptyPolls + 1 : 0;
      if (emptyPolls > MOST_EMPTY_POLLS) {
        throw new TimeoutException("nothing came from " + partition + " before offset " + to);
      }
      for (ConsumerRecord<String, byte[]> record : polled) {
        if (record.offset() < to) {
          records++;
          wanted
              .apply(record)
              .ifPresent(job -> hold(new Held(job, record.offset(), record.timestamp())));
        }
      }
    }
    recordsRead += records;
    return records;
  }

  private void hold(Held job) {
    held.addLast(job);
    if (held.size() > MOST_HELD) {
      held.removeFirst();
    }
  }
}
