package dev.relevo.node.core;

import static dev.relevo.common.protocol.NodeBeat.State.DRAINING;
import static dev.relevo.common.protocol.NodeBeat.State.LEFT;
import static dev.relevo.common.protocol.NodeBeat.State.READY;
import static dev.relevo.common.protocol.NodeBeat.State.STARTING;

import dev.relevo.common.protocol.Lifecycle;
import dev.relevo.common.protocol.Lifecycle.Transition;
import dev.relevo.common.protocol.NodeBeat.State;
import java.util.List;

/**
 * A node's life (protocol section 3): every legal change of its state stands in {@link #TABLE}, and
 * docs/states.md is drawn from it. The loop alone changes it; any thread may ask.
 */
public final class NodeLife {
  static final Lifecycle<State, NodeTrigger> TABLE =
      new Lifecycle<>(
          "node",
          List.of(
              new Transition<>(null, NodeTrigger.ENROLLED, STARTING),
              new Transition<>(STARTING, NodeTrigger.CHECKED, READY),
              new Transition<>(STARTING, NodeTrigger.DRAIN_ASKED, DRAINING),
              new Transition<>(READY, NodeTrigger.DRAIN_ASKED, DRAINING),
              new Transition<>(DRAINING, NodeTrigger.DRAINED, LEFT),
              new Transition<>(STARTING, NodeTrigger.FAILED, LEFT),
              new Transition<>(READY, NodeTrigger.FAILED, LEFT),
              new Transition<>(DRAINING, NodeTrigger.FAILED, LEFT),
              new Transition<>(LEFT, NodeTrigger.FORGOTTEN, null)));

  private final String node;
  private volatile State state = STARTING;
  private String before = "";

  /**
   * A node that starts.
   *
   * @param node its id, for errors
   */
  public NodeLife(String node) {
    this.node = node;
  }

  /** Where it is. */
  public State state() {
    return state;
  }

  /**
   * Something happened to it; on the loop's thread.
   *
   * @throws IllegalStateException if that cannot happen where it is: a bug
   */
  public void apply(NodeTrigger trigger) {
    state = TABLE.next(state, trigger, node, "[" + before + "]");
    before += before.isEmpty() ? trigger : ", " + trigger;
  }
}
