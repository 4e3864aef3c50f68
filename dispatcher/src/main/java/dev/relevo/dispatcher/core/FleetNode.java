package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A live node: what it says of itself, and what this dispatcher has given to it. */
final class FleetNode {
  /** What a job asks for that names no model: whatever there is. */
  static final String ANY_MODEL = "*";

  private static final long NOT_BEHIND = Long.MIN_VALUE;

  private final Map<Lane, Shares> shares = new EnumMap<>(Lane.class);
  private NodeBeat beat;
  private int ours;
  private int others;
  private boolean full;
  private long lastAssigned = -1;
  private long behindSinceNanos = NOT_BEHIND;
  private Hearing hearing = Hearing.HEARS;
  private @Nullable JobEntry suspect;

  /** Whether it reads what is assigned to it, as far as its position tells. */
  private enum Hearing {
    HEARS,
    /** An assignment was not read in time: it gets nothing new. */
    DOUBTED,
    /** Given up for it: what it had is lost. */
    DEAF
  }

  FleetNode(NodeBeat beat) {
    this.beat = beat;
  }

  /**
   * @param attemptsOfOthers how many of the beat's attempts belong to homes of other dispatchers
   */
  void renew(NodeBeat newest, int attemptsOfOthers) {
    if (newest.position() > lastAssigned || newest.position() != beat.position()) {
      behindSinceNanos = NOT_BEHIND;
      hearing = Hearing.HEARS;
    }
    beat = newest;
    others = attemptsOfOthers;
    full = false;
  }

  /** Kafka has an assignment for it at an offset of its slot. */
  void assigned(long offset, long nanos) {
    lastAssigned = Math.max(lastAssigned, offset);
    if (beat.position() <= lastAssigned && behindSinceNanos == NOT_BEHIND) {
      behindSinceNanos = nanos;
    }
  }

  /** The time until now does not count against it: the broker was slow, or we were. */
  void excuse(long nanos) {
    if (behindSinceNanos != NOT_BEHIND) {
      behindSinceNanos = nanos;
    }
  }

  /**
   * How long its position has stood still behind work assigned to it, nanoseconds; 0 if it does
   * not.
   */
  private long deafNanos(long nanos) {
    return behindSinceNanos == NOT_BEHIND ? 0 : nanos - behindSinceNanos;
  }

  /** It did not read an assignment in time: nothing is given to it until its position moves. */
  void doubt(long unreadOffset) {
    lastAssigned = Math.max(lastAssigned, unreadOffset);
    if (hearing == Hearing.HEARS) {
      hearing = Hearing.DOUBTED;
    }
  }

  /**
   * Gives it up, until its position moves, if that stood still for too long.
   *
   * @return whether that is news
   */
  boolean isDeafNow(long nanos, long patienceNanos) {
    boolean news = hearing != Hearing.DEAF && deafNanos(nanos) >= patienceNanos;
    if (news) {
      hearing = Hearing.DEAF;
    }
    return news;
  }

  /** When it is given up if its position stands still; {@link Long#MAX_VALUE} if it reads. */
  long deafFromNanos(long patienceNanos) {
    return behindSinceNanos == NOT_BEHIND || hearing == Hearing.DEAF
        ? Long.MAX_VALUE
        : behindSinceNanos + patienceNanos;
  }

  String id() {
    return beat.node();
  }

  NodeBeat beat() {
    return beat;
  }

  boolean is(String incarnation) {
    return beat.incarnation().equals(incarnation);
  }

  void take() {
    ours++;
  }

  void release() {
    ours = Math.max(0, ours - 1);
  }

  /** It said that it is busy: believed until it beats again. */
  void fullUntilNextBeat() {
    full = true;
  }

  /**
   * Whether it has a job that may be what kills nodes. Of such jobs a node runs one at a time: the
   * one that does it then uses up the last attempt of no other.
   */
  boolean hasSuspect() {
    JobEntry held = suspect;
    return held != null
        && held.attempt != null
        && held.attempt.isOn(beat.node(), beat.incarnation());
  }

  void watch(JobEntry entry) {
    suspect = entry;
  }

  boolean isReady() {
    return beat.state() == NodeBeat.State.READY && hearing == Hearing.HEARS;
  }

  boolean hasRoom() {
    return free() > 0;
  }

  /** Jobs that it could take now. */
  int free() {
    return full ? 0 : Math.max(0, beat.capacity() - ours - others);
  }

  /** Jobs that it can have at once. */
  int places() {
    return beat.capacity();
  }

  /** How its turns in a lane were shared. */
  Shares shares(Lane lane) {
    return shares.computeIfAbsent(lane, any -> new Shares());
  }

  /** Whether a backend of it takes a job for the model now, and need not queue it. */
  boolean takes(String model) {
    NodeBeat.Backend best = backendFor(model);
    return best != null && best.health() == NodeBeat.Health.AVAILABLE;
  }

  /** Its preferred backend that can answer with the model, one that is full last; or null. */
  NodeBeat.@Nullable Backend backendFor(String model) {
    NodeBeat.Backend best = null;
    for (NodeBeat.Backend backend : beat.backends()) {
      boolean usable =
          backend.health() != NodeBeat.Health.UNAVAILABLE
              && !backend.breaker().equals("OPEN")
              && (model.equals(ANY_MODEL) ? anyModelOf(backend) != null : backend.serves(model));
      if (usable && (best == null || isBetter(backend, best))) {
        best = backend;
      }
    }
    return best;
  }

  private static boolean isBetter(NodeBeat.Backend one, NodeBeat.Backend other) {
    return one.health() == other.health()
        ? one.priority() < other.priority()
        : one.health() == NodeBeat.Health.AVAILABLE;
  }

  /** A model that the backend names, patterns aside, or null. */
  private static @Nullable String anyModelOf(NodeBeat.Backend backend) {
    for (String model : backend.models()) {
      if (!model.endsWith("*")) {
        return model;
      }
    }
    return null;
  }

  Candidate candidate(String asked, NodeBeat.Backend backend) {
    String any = asked.equals(ANY_MODEL) ? anyModelOf(backend) : null;
    String model = any == null ? asked : any;
    return new Candidate(
        beat.node(),
        beat.incarnation(),
        beat.slot(),
        model,
        backend.priority(),
        backend.weight(),
        ours + others,
        beat.capacity(),
        backend.ttftMs());
  }
}
