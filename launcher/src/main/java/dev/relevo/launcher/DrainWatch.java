package dev.relevo.launcher;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.registry.RegisteredNode;
import dev.relevo.operator.Fleet;
import dev.relevo.operator.FleetReader;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/** Tells how a node leaves that was asked to, until it has. */
final class DrainWatch {
  private static final Duration LOOK = Duration.ofMillis(250);

  /** Far beyond what any node takes to hear of it, by its own beat's interval. */
  private static final int DEAF_INTERVALS = 20;

  private final Terminal terminal;
  private final String node;
  private final RegisteredNode before;
  private String said = "";
  private int looks;

  /**
   * @param before how it was when it was asked
   */
  DrainWatch(Terminal terminal, RegisteredNode before) {
    this.terminal = terminal;
    this.node = PlainText.line(before.id());
    this.before = before;
  }

  /**
   * Waits until it has left, is lost, does not listen, or somebody does not want to wait any more.
   *
   * @return the exit code
   */
  int await(FleetReader reader, CompletableFuture<StopSignal.Kind> stop) {
    while (!stop.isDone()) {
      Optional<Integer> end = look(reader.next(LOOK));
      if (end.isPresent()) {
        return end.get();
      }
    }
    say("Not waiting any more; node " + node + " goes on leaving.");
    return stop.join().exitCode();
  }

  /** What came of it by now: an exit code, or nothing yet. */
  Optional<Integer> look(Fleet fleet) {
    looks++;
    Predicate<RegisteredNode> isIt =
        other -> other.id().equals(before.id()) && other.incarnation().equals(before.incarnation());
    Optional<RegisteredNode> live = fleet.live().stream().filter(isIt).findFirst();
    if (live.isPresent()) {
      return progress(live.get().beat());
    }
    if (fleet.lost().stream().anyMatch(isIt)) {
      say("Node " + node + " was not heard of any more before it had left: was it killed?");
      return Optional.of(ExitCode.FAILED);
    }
    boolean again = fleet.live().stream().anyMatch(other -> other.id().equals(before.id()));
    say("Node " + node + " has left" + (again ? ", and was started again." : "."));
    return Optional.of(ExitCode.DONE);
  }

  private Optional<Integer> progress(NodeBeat beat) {
    if (beat.state() == NodeBeat.State.DRAINING) {
      long running =
          beat.attempts().values().stream().filter(NodeBeat.Phase.RUNNING::equals).count();
      say(
          running == 0
              ? "Node " + node + " leaves; nothing runs there any more."
              : "Node %s leaves; %d %s there."
                  .formatted(node, running, running == 1 ? "job still runs" : "jobs still run"));
    } else if (looks * LOOK.toMillis() > DEAF_INTERVALS * beat.intervalMs()) {
      say("Node " + node + " beats on and does not leave: it does not seem to read control.");
      return Optional.of(ExitCode.FAILED);
    }
    return Optional.empty();
  }

  private void say(String sentence) {
    if (!sentence.equals(said)) {
      terminal.err().println(sentence);
      said = sentence;
    }
  }
}
