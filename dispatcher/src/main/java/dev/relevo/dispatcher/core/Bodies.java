package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Lane;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The records that are read again by their offsets, for jobs that wait outside the window: which
 * are on their way, and whether there is room for more.
 */
final class Bodies {
  /** Readings under way. */
  static final int READS_AT_ONCE = 256;

  /** Those of one home: it may be one that cannot be read. */
  static final int READS_OF_A_HOME = READS_AT_ONCE / 2;

  /**
   * What a body is taken to weigh that this dispatcher has not read yet: the most it can, bytes.
   */
  private static final int LARGEST_BODY_BYTES = 8 << 20;

  private final Window window;
  private final Map<Integer, Queue<Turn>> wanted = new LinkedHashMap<>();
  private final Map<Integer, Integer> readingsOf = new HashMap<>();
  private final IdentityHashMap<Effect.ReadBody, Reading> readings = new IdentityHashMap<>();
  private long readingBytes;
  private final Map<Lane, Turn> beyond = new EnumMap<>(Lane.class);

  /**
   * A body on its way; the queue is null where the job has begun to end.
   *
   * @param bytes what it is taken to weigh in the window
   * @param knownBytes what is known of that
   */
  private record Reading(
      JobEntry entry, int home, Lot.@Nullable Queue queue, int bytes, int knownBytes) {}

  Bodies(Window window) {
    this.window = window;
  }

  /** A job that is ending needs its record for the dead letter, or to learn whom to tell. */
  void want(Shard shard, JobEntry entry) {
    if (!entry.reading) {
      entry.reading = true;
      wanted
          .computeIfAbsent(shard.home, any -> new ArrayDeque<>())
          .add(new Turn(entry, shard, 0, 0));
    }
  }

  /** Asks for what {@link #want} named, as there is room. */
  void readWanted() {
    for (Queue<Turn> home : wanted.values()) {
      while (!home.isEmpty() && hasRoom(home.element())) {
        read(home.remove(), null);
      }
    }
    wanted.values().removeIf(Queue::isEmpty);
  }

  /**
   * One of a lane at a time may be read beyond its part of the window, or one that is full of what
   * nobody takes would never empty; the next when that one has left it again.
   */
  boolean hasRoom(Turn turn) {
    JobEntry next = turn.entry();
    if (readingsOf.getOrDefault(turn.shard().home, 0) >= READS_OF_A_HOME) {
      return false;
    }
    boolean fits = readings.size() < READS_AT_ONCE && fits(next, part(next));
    Turn last = beyond.get(part(next));
    return fits || (readings.isEmpty() && (last == null || !holdsRoom(last)));
  }

  /** Whether it fits into the part that bulk work may come back to, and crowds nobody. */
  boolean fitsBulkPart(JobEntry next) {
    return readings.size() < READS_AT_ONCE && fits(next, Lane.BATCH);
  }

  private boolean fits(JobEntry next, Lane part) {
    return window.hasRoomFor(part, weight(next), readings.size(), readingBytes);
  }

  /** What ends is read for its dead letter, and gone again: the whole window is for it. */
  private static Lane part(JobEntry entry) {
    return entry.ending == null ? entry.lane : Lane.JOBS;
  }

  private static boolean holdsRoom(Turn turn) {
    JobEntry entry = turn.entry();
    return entry.isAttached() && turn.shard().job(entry.id) == entry;
  }

  /** Asks for a job's record. */
  void read(Turn turn, Lot.@Nullable Queue queue) {
    JobEntry entry = turn.entry();
    if (turn.shard().job(entry.id) != entry || entry.isAttached()) {
      return;
    }
    if (!fits(entry, part(entry))) {
      beyond.put(part(entry), turn);
    }
    entry.reading = true;
    Effect.ReadBody effect =
        new Effect.ReadBody(turn.shard().home, entry.id, entry.lane, entry.offset);
    Reading reading = new Reading(entry, turn.shard().home, queue, weight(entry), entry.bodyBytes);
    readings.put(effect, reading);
    readingsOf.merge(reading.home, 1, Integer::sum);
    readingBytes += reading.bytes;
    if (queue != null) {
      queue.asked(reading.knownBytes);
    }
    turn.shard().emit(effect);
  }

  private static int weight(JobEntry entry) {
    return entry.bodyBytes == 0 ? LARGEST_BODY_BYTES : entry.bodyBytes;
  }

  /** A reading came to its end: the job it was for, if that still lives and needs it; or null. */
  @Nullable JobEntry answered(Shard shard, Effect.ReadBody effect) {
    Reading reading = readings.remove(effect);
    if (reading == null) {
      return null;
    }
    forget(reading);
    JobEntry entry = reading.entry;
    return shard.job(entry.id) == entry && !entry.isAttached() ? entry : null;
  }

  private void forget(Reading reading) {
    reading.entry.reading = false;
    readingsOf.computeIfPresent(reading.home, (home, of) -> of == 1 ? null : of - 1);
    readingBytes -= reading.bytes;
    if (reading.queue != null) {
      reading.queue.answered(reading.knownBytes);
    }
  }

  /** The home is given up: nobody waits for its readings any more. */
  void close(Shard shard) {
    wanted.remove(shard.home);
    beyond.values().removeIf(turn -> turn.shard() == shard);
    List<Effect.ReadBody> ours = new ArrayList<>(readings.keySet());
    ours.removeIf(effect -> effect.home() != shard.home);
    for (Effect.ReadBody effect : ours) {
      Reading reading = readings.remove(effect);
      if (reading != null) {
        forget(reading);
      }
    }
  }
}
