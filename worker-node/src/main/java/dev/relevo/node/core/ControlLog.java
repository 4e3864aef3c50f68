package dev.relevo.node.core;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.ControlRecord;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What {@code relevo.control} asks of one node. A cancel is remembered, for it may be read before
 * the job's assignment. A drain that stands before the node's start was meant for an earlier
 * incarnation. Not thread-safe.
 */
public final class ControlLog {
  /** As many as a dispatcher remembers (protocol section 4). */
  static final int MAX_CANCELS = 100_000;

  private final String node;
  private final long startedAt;
  private final LinkedHashMap<String, Order.Cancel> cancels = new LinkedHashMap<>();

  /**
   * Nothing read yet.
   *
   * @param startedAt the end of control when the node started
   */
  public ControlLog(String node, long startedAt) {
    this.node = node;
    this.startedAt = startedAt;
  }

  /** What a record asks for now. */
  public sealed interface Order {
    /**
     * A job is stopped wherever it runs, as far as it is meant.
     *
     * @param appendedAtMs when Kafka took it, epoch milliseconds
     */
    record Cancel(String job, String reason, long appendedAtMs) implements Order {

      /**
       * Whether it means an attempt at its job. One from before a dead letter was run again meant
       * what had come to nothing, not the replay.
       */
      public boolean means(Assignment assignment) {
        Long replayedAtMs = assignment.replayedAtMs();
        return assignment.headers().replay() == null
            || (replayedAtMs != null
                && ControlRecord.Cancel.meansReplay(appendedAtMs, replayedAtMs));
      }
    }

    /** This node shall leave. */
    record Drain() implements Order {}

    /**
     * This node's backends shall change.
     *
     * @param offset where the order stands
     * @param isOld whether it stood there when the node started
     */
    record Backend(long offset, ControlRecord.BackendOrder order, boolean isOld) implements Order {}
  }

  /**
   * Reads a record.
   *
   * @param offset where it stands
   * @param appendedAtMs when Kafka took it, epoch milliseconds
   * @return null when it asks nothing of this node
   */
  public @Nullable Order read(long offset, long appendedAtMs, ControlRecord control) {
    return switch (control) {
      case ControlRecord.Cancel cancel -> {
        Order.Cancel order = new Order.Cancel(cancel.job(), cancel.reason(), appendedAtMs);
        remember(order);
        yield order;
      }
      case ControlRecord.Drain drain ->
          drain.node().equals(node) && offset >= startedAt ? new Order.Drain() : null;
      case ControlRecord.BackendOrder order ->
          order.node() == null || order.node().equals(node)
              ? new Order.Backend(offset, order, offset < startedAt)
              : null;
      case ControlRecord.Pause _, ControlRecord.Resume _ -> null;
    };
  }

  private void remember(Order.Cancel cancel) {
    // The brokers' clocks may go back when the partition gets another leader.
    cancels.merge(
        cancel.job(),
        cancel,
        (before, newer) -> newer.appendedAtMs() < before.appendedAtMs() ? before : newer);
    if (cancels.size() > MAX_CANCELS) {
      cancels.pollFirstEntry();
    }
  }

  /** Why the job of an assignment was cancelled; null when it was not, or something else was. */
  public @Nullable String cancelled(Assignment assignment) {
    Order.Cancel cancel = cancels.get(assignment.job());
    return cancel != null && cancel.means(assignment) ? cancel.reason() : null;
  }
}
