package dev.relevo.node.core;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.EventRecord.Rejected.Reason;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.NodeBeat.Phase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The attempts of one node (protocol sections 3 and 4): what it takes, what runs, what has finished
 * and is not acknowledged. Never runs more than its capacity.
 *
 * <p>Thread-safe: the loop offers, attempts finish on their own threads, and Kafka's thread brings
 * acknowledgements.
 */
public final class AttemptTable {
  /**
   * Finished attempts whose {@code finished} is not acknowledged; with more, Kafka does not take
   * our events and new work would only add to them.
   */
  static final int MAX_UNACKNOWLEDGED = 10_000;

  private final int capacity;
  private final FenceMemory seen = new FenceMemory();
  private final Map<Fence, Running> running = new HashMap<>();
  private final Map<Fence, String> finished = new LinkedHashMap<>();
  private boolean draining;
  private long earliestDeadlineMs = Long.MAX_VALUE;

  /**
   * An empty table.
   *
   * @param capacity attempts at once, 1 or more
   */
  public AttemptTable(int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity is " + capacity + ", expected at least 1");
    }
    this.capacity = capacity;
  }

  /**
   * Decides about an assignment that names this node and incarnation.
   *
   * @param model what the node's backends say about its model
   */
  public synchronized Offer offer(Assignment assignment, ModelSupport model) {
    switch (seen.see(assignment.fence())) {
      case VOID -> {
        return new Offer.Ignore(Offer.Ignore.Why.VOID);
      }
      case DUPLICATE -> {
        return new Offer.Ignore(Offer.Ignore.Why.DUPLICATE);
      }
      case NEW -> {}
    }
    if (draining) {
      return new Offer.Reject(Reason.DRAINING, "the node is stopping");
    }
    return switch (model) {
      case UNKNOWN ->
          new Offer.Reject(
              Reason.UNKNOWN_MODEL, "no backend here serves '" + assignment.model() + "'");
      case UNAVAILABLE ->
          new Offer.Reject(
              Reason.BUSY, "no backend that serves '" + assignment.model() + "' is available");
      case AVAILABLE -> take(assignment);
    };
  }

  private Offer take(Assignment assignment) {
    if (running.size() >= capacity) {
      return new Offer.Reject(Reason.BUSY, "all " + capacity + " places are taken");
    }
    if (finished.size() >= MAX_UNACKNOWLEDGED) {
      return new Offer.Reject(Reason.BUSY, "too many outcomes wait for Kafka's acknowledgement");
    }
    running.put(assignment.fence(), new Running(assignment.job(), assignment.deadlineMs()));
    earliestDeadlineMs = Math.min(earliestDeadlineMs, assignment.deadlineMs());
    return new Offer.Run();
  }

  /**
   * Judges the fence of an assignment whose rest cannot be read; it is remembered like any other.
   *
   * @return whether it deserves an answer
   */
  public synchronized boolean unreadable(Fence fence) {
    return seen.see(fence) == FenceMemory.Verdict.NEW;
  }

  /** From now on everything is rejected. */
  public synchronized void drain() {
    draining = true;
  }

  /**
   * An attempt has ended; its place is free, its outcome not acknowledged yet.
   *
   * @return whether it was the only place to become free: then work may wait for it
   */
  public synchronized boolean finished(Fence fence) {
    boolean full = running.size() == capacity;
    Running was = running.remove(fence);
    if (was == null) {
      throw new IllegalStateException("attempt " + fence + " finished but was not running");
    }
    finished.put(fence, was.job());
    return full;
  }

  /** Kafka has an attempt's {@code finished}; the table forgets it. */
  public synchronized void acknowledged(Fence fence) {
    finished.remove(fence);
  }

  /** What a beat tells. */
  public synchronized Map<String, Phase> phases() {
    Map<String, Phase> phases = HashMap.newHashMap(running.size() + finished.size());
    finished.keySet().forEach(fence -> phases.put(fence.toString(), Phase.FINISHED));
    running.keySet().forEach(fence -> phases.put(fence.toString(), Phase.RUNNING));
    return phases;
  }

  /** The running attempts at a job; more than one while an older one is not stopped yet. */
  public synchronized List<Fence> runningOf(String job) {
    List<Fence> fences = new ArrayList<>();
    running.forEach((fence, attempt) -> {
      if (attempt.job().equals(job)) {
        fences.add(fence);
      }
    });
    return fences;
  }

  /** How many run. */
  public synchronized int running() {
    return running.size();
  }

  /** Whether nothing runs and every outcome is acknowledged. */
  public synchronized boolean isEmpty() {
    return running.isEmpty() && finished.isEmpty();
  }

  /**
   * No running attempt's deadline is before this; epoch milliseconds, {@code Long.MAX_VALUE} when
   * nothing runs.
   */
  public synchronized long earliestDeadlineMs() {
    return running.isEmpty() ? Long.MAX_VALUE : earliestDeadlineMs;
  }

  /** The running attempts whose deadline has passed. */
  public synchronized List<Fence> expired(long nowMs) {
    List<Fence> fences = new ArrayList<>();
    earliestDeadlineMs = Long.MAX_VALUE;
    running.forEach((fence, attempt) -> {
      if (attempt.deadlineMs() <= nowMs) {
        fences.add(fence);
      } else {
        earliestDeadlineMs = Math.min(earliestDeadlineMs, attempt.deadlineMs());
      }
    });
    return fences;
  }

  /** What the node's backends say about a model. */
  public enum ModelSupport {
    /** None serves it. */
    UNKNOWN,
    /** Some serve it, none of them can now. */
    UNAVAILABLE,
    AVAILABLE
  }

  private record Running(String job, long deadlineMs) {}
}
