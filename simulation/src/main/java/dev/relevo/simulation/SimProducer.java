package dev.relevo.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An idempotent producer: what it sends to one partition arrives in that order, or not at all; an
 * acknowledgement may be lost, a send may be given up although it arrived, and what a process had
 * sent when it died or froze may still arrive, the first of it before the rest.
 */
final class SimProducer {
  private final SimProcess process;
  private final Dice dice;
  private final long deliveryTimeoutNanos;
  private final Map<Place, Deque<Send>> lines = new LinkedHashMap<>();
  private final Map<Place, Long> lastArrival = new LinkedHashMap<>();
  private boolean orphaned;
  private boolean silent;
  private boolean frozen;
  private long acksLostUntilNanos;
  private long slowUntilNanos;

  /** Hears what became of a record. */
  interface Callback {
    /**
     * It is over with the record.
     *
     * @param offset where it stands; -1 when it was given up
     * @param missing whether that is because the topic is not there
     */
    void sent(long offset, boolean missing);
  }

  /** A record under way. */
  private static final class Send {
    final Place place;
    final SimRecord record;
    final Callback callback;
    final long sentNanos;
    boolean held;
    boolean over;

    Send(Place place, SimRecord record, Callback callback, long sentNanos) {
      this.place = place;
      this.record = record;
      this.callback = callback;
      this.sentNanos = sentNanos;
    }
  }

  SimProducer(SimProcess process, Dice dice, long deliveryTimeoutMs) {
    this.process = process;
    this.dice = dice;
    this.deliveryTimeoutNanos = deliveryTimeoutMs * World.MS;
  }

  void send(Place place, SimRecord record, Callback callback) {
    process.writes();
    World world = process.world;
    Send send = new Send(place, record, callback, world.nanos());
    lines.computeIfAbsent(place, any -> new ArrayDeque<>()).add(send);
    schedule(send, world.nanos() + delayNanos());
  }

  private long delayNanos() {
    boolean slow = process.world.nanos() < slowUntilNanos;
    return (slow ? dice.between(50, 1_500) : dice.between(1, 12)) * World.MS / 2;
  }

  private void schedule(Send send, long wishedNanos) {
    long moment = Math.max(wishedNanos, lastArrival.getOrDefault(send.place, 0L) + 1);
    lastArrival.put(send.place, moment);
    process.world.at(moment, () -> arrive(send));
  }

  private void arrive(Send send) {
    if (send.over) {
      return;
    }
    if (send.held || (frozen && !orphaned)) {
      send.held = true;
      return;
    }
    SimLog.Partition partition = process.log.find(send.place);
    if (partition == null) {
      over(send, -1, true, 0);
    } else if (partition.isAway()) {
      partition.whenBack(() -> schedule(send, process.world.nanos() + delayNanos()));
      process.world.at(send.sentNanos + deliveryTimeoutNanos, () -> over(send, -1, false, 0));
    } else if (isBehindAnother(send)) {
      schedule(send, process.world.nanos() + 1);
    } else {
      long offset = partition.append(send.record);
      acknowledge(send, offset);
    }
  }

  private boolean isBehindAnother(Send send) {
    Deque<Send> line = lines.get(send.place);
    return line != null && line.peekFirst() != send;
  }

  private void acknowledge(Send send, long offset) {
    long now = process.world.nanos();
    if (now >= acksLostUntilNanos) {
      over(send, offset, false, delayNanos());
    } else if (acksLostUntilNanos - send.sentNanos < deliveryTimeoutNanos) {
      // It is sent again, known to the broker by its number, and acknowledged then.
      over(send, offset, false, acksLostUntilNanos - now);
    } else {
      over(send, -1, false, send.sentNanos + deliveryTimeoutNanos - now);
    }
  }

  private void over(Send send, long offset, boolean missing, long delayNanos) {
    if (send.over) {
      return;
    }
    send.over = true;
    Deque<Send> line = lines.get(send.place);
    if (line != null) {
      line.remove(send);
    }
    if (!silent && !orphaned) {
      process.after(Math.max(0, delayNanos), () -> send.callback.sent(offset, missing));
    }
  }

  /** For a while the broker takes everything and says nothing. */
  void loseAcks(long forNanos) {
    acksLostUntilNanos = process.world.nanos() + forNanos;
  }

  /** For a while everything takes long. */
  void slow(long forNanos) {
    slowUntilNanos = process.world.nanos() + forNanos;
  }

  /** The process is dead: the first of what was under way may still arrive, perhaps late. */
  void die() {
    orphaned = true;
    for (Deque<Send> line : lines.values()) {
      List<Send> under = List.copyOf(line);
      int arriving = dice.between(0, under.size());
      int late = dice.chance(30) ? dice.between(0, under.size()) : under.size();
      long moment = process.world.nanos() + dice.between(100L, 5_000L) * World.MS;
      line.clear();
      for (int i = 0; i < under.size(); i++) {
        Send send = under.get(i);
        if (i >= arriving || send.held) {
          send.over = true;
        } else if (i < late) {
          line.add(send);
        } else {
          send.over = true;
          Send again = new Send(send.place, send.record, send.callback, send.sentNanos);
          line.add(again);
          process.world.at(moment++, () -> arrive(again));
        }
      }
    }
  }

  /** The process has ended and listens no more; what is under way arrives. */
  void silence() {
    silent = true;
  }

  void freeze() {
    frozen = true;
    for (Deque<Send> line : lines.values()) {
      int arriving = dice.between(0, line.size());
      for (Send send : line) {
        send.held = arriving-- <= 0;
      }
    }
    // What is on the wire arrives; the rest waits in the process.
    for (Deque<Send> line : lines.values()) {
      for (Send send : new ArrayList<>(line)) {
        if (!send.held) {
          send.held = false;
          process.world.at(process.world.nanos() + 1, () -> land(send));
        }
      }
    }
  }

  private void land(Send send) {
    SimLog.Partition partition = process.log.find(send.place);
    if (!send.over && partition != null && !partition.isAway()) {
      acknowledge(send, partition.append(send.record));
    } else {
      send.held = true;
    }
  }

  void thaw() {
    frozen = false;
    for (Deque<Send> line : lines.values()) {
      boolean expires = dice.chance(50);
      for (Send send : List.copyOf(line)) {
        if (send.held) {
          send.held = false;
          boolean expired =
              process.world.nanos() - send.sentNanos > deliveryTimeoutNanos && expires;
          if (expired) {
            over(send, -1, false, 0);
          } else {
            schedule(send, process.world.nanos() + delayNanos());
          }
        }
      }
    }
  }
}
