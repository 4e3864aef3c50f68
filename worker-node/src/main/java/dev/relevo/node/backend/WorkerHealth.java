package dev.relevo.node.backend;

import dev.relevo.common.protocol.NodeBeat;

/**
 * How a backend is.
 *
 * @param status whether it can be given work
 * @param reason for people, when it is not {@code AVAILABLE}; empty otherwise
 */
public record WorkerHealth(NodeBeat.Health status, String reason) {

  /** It answers. */
  public static final WorkerHealth AVAILABLE = new WorkerHealth(NodeBeat.Health.AVAILABLE, "");

  /** It cannot be given work. */
  public static WorkerHealth unavailable(String reason) {
    return new WorkerHealth(NodeBeat.Health.UNAVAILABLE, reason);
  }

  /** It works, and would queue. */
  public static WorkerHealth busy(String reason) {
    return new WorkerHealth(NodeBeat.Health.BUSY, reason);
  }
}
