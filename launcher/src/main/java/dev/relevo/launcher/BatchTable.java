package dev.relevo.launcher;

import dev.relevo.launcher.LineStates.State;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The jobs that are under way, and what the inbox holds of jobs that an earlier run had under way.
 * Records of those may come at any time before their line is read, so whatever belongs to a line
 * without an answer is kept until then. Pure.
 */
final class BatchTable {
  /** Far more than a run may have under way. */
  private static final int MOST_EARLIER = 100_000;

  private final LineStates states;
  private final Map<UUID, Open> open = new LinkedHashMap<>();
  private final Map<String, BatchFlight> earlier = new LinkedHashMap<>();
  private long characters;

  BatchTable(LineStates states) {
    this.states = states;
  }

  /** A line that has no answer yet. For one thread. */
  static final class Open {
    private final WantedLine line;
    private final UUID key;
    private long giveUpAtMs;
    private long from;
    private int attempt;
    private BatchFlight flight;
    private boolean withdrawn;

    private Open(WantedLine line, UUID key, long giveUpAtMs, long position) {
      this.line = line;
      this.key = key;
      this.giveUpAtMs = giveUpAtMs;
      this.from = position;
      this.attempt = 1;
      this.flight = new BatchFlight(BatchIds.job(key, line.digest(), 1), position);
    }

    WantedLine line() {
      return line;
    }

    UUID key() {
      return key;
    }

    BatchFlight flight() {
      return flight;
    }

    String job() {
      return flight.job();
    }

    /** Epoch milliseconds past which no answer is expected. */
    long giveUpAtMs() {
      return giveUpAtMs;
    }

    /** It is sent now, so its time begins anew. */
    void expectBy(long newGiveUpAtMs) {
      giveUpAtMs = newGiveUpAtMs;
    }

    /** Whether it was stopped and will be started again by another run. */
    boolean isWithdrawn() {
      return withdrawn;
    }

    /** It has to be started again by another run. */
    void withdraw() {
      withdrawn = true;
    }

    /** Another job for the line: the one before was stopped, and an id runs once. */
    void again(long position) {
      attempt++;
      flight = new BatchFlight(BatchIds.job(key, line.digest(), attempt), position);
    }
  }

  /**
   * Opens a line. What an earlier run has of it counts.
   *
   * @param position where the next record will be read
   * @return its job; one whose answer has not begun has to be sent, even if it was sent before:
   *     that runs nothing twice
   */
  Open open(WantedLine line, UUID key, long giveUpAtMs, long position) {
    Open job = new Open(line, key, giveUpAtMs, position);
    for (BatchFlight known = earlier.remove(job.job());
        known != null;
        known = earlier.remove(job.job())) {
      job.from = Math.min(job.from, known.from());
      if (!known.isWithdrawn()) {
        job.flight = known;
        break;
      }
      job.again(position);
    }
    open.put(key, job);
    characters += line.body().length();
    return job;
  }

  /** Takes a record of the inbox; returns the line whose answer it ended. */
  @Nullable Open take(ConsumerRecord<String, byte[]> record) {
    String key = record.key();
    UUID line = key == null ? null : BatchIds.lineOf(key);
    if (key == null || line == null) {
      return null;
    }
    Open job = open.get(line);
    if (job != null) {
      return job.job().equals(key) && job.flight.take(record) ? job : null;
    }
    State state = states.get(line);
    boolean unanswered = state == State.NEW || state == State.OPEN;
    if (unanswered && (earlier.size() < MOST_EARLIER || earlier.containsKey(key))) {
      earlier.computeIfAbsent(key, any -> new BatchFlight(key, record.offset())).take(record);
    }
    return null;
  }

  /** The line has its answer. */
  void close(Open job) {
    open.remove(job.key());
    characters -= job.line().body().length();
  }

  /** The lines without an answer. */
  Collection<Open> open() {
    return open.values();
  }

  /** The line of a job under way. */
  @Nullable Open find(String job) {
    UUID line = BatchIds.lineOf(job);
    Open found = line == null ? null : open.get(line);
    return found != null && found.job().equals(job) ? found : null;
  }

  /** Characters of the requests under way. */
  long characters() {
    return characters;
  }

  /**
   * No record of a job without an answer stands before this.
   *
   * @param position where the next record will be read
   */
  long low(long position) {
    long low = position;
    for (Open job : open.values()) {
      low = Math.min(low, job.from);
    }
    for (BatchFlight flight : earlier.values()) {
      low = Math.min(low, flight.from());
    }
    return low;
  }
}
