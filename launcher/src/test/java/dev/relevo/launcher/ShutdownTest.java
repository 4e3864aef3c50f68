package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ShutdownTest {
  private final TestTerminal terminal = new TestTerminal();
  private final ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
  private final CountDownLatch started = new CountDownLatch(1);

  private class FakeRole implements Role {
    final CompletableFuture<@Nullable Void> stopped = new CompletableFuture<>();

    @Override
    public List<String> start() throws Exception {
      events.add("start");
      started.countDown();
      return List.of("ready: here");
    }

    @Override
    public CompletionStage<@Nullable Void> stopped() {
      return stopped;
    }

    @Override
    public Duration stopBound() {
      return Duration.ofSeconds(1);
    }

    @Override
    public void close() {
      events.add("close");
    }
  }

  private CompletableFuture<Integer> running(Role role) {
    return CompletableFuture.supplyAsync(() -> {
      try {
        return new RoleRunner(terminal.terminal()).run(role);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    });
  }

  @Test
  void ctrlCEndsARoleInOrder() throws Exception {
    CompletableFuture<Integer> exitCode = running(new FakeRole());
    assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();

    terminal.signal().raise(StopSignal.Kind.CTRL_C);

    assertThat(exitCode.get(10, TimeUnit.SECONDS)).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(events).containsExactly("start", "close");
    assertThat(terminal.stopsAtOnce()).isZero();
  }

  @Test
  void aCleanStopOnSigtermIsASuccess() throws Exception {
    CompletableFuture<Integer> exitCode = running(new FakeRole());

    terminal.signal().raise(StopSignal.Kind.TERMINATE);

    assertThat(exitCode.get(10, TimeUnit.SECONDS)).isEqualTo(ExitCode.DONE);
  }

  @Test
  void theSecondSignalStopsAtOnce() {
    terminal.signal().raise(StopSignal.Kind.CTRL_C);
    assertThat(terminal.stopsAtOnce()).isZero();

    terminal.signal().raise(StopSignal.Kind.CTRL_C);
    assertThat(terminal.stopsAtOnce()).isEqualTo(1);
  }

  @Test
  void aStartThatHangsIsCalledOff() throws Exception {
    CompletableFuture<Integer> exitCode =
        running(
            new FakeRole() {
              @Override
              public List<String> start() throws Exception {
                started.countDown();
                try {
                  new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                  events.add("called off");
                  throw e;
                }
                return List.of();
              }
            });
    assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();

    terminal.signal().raise(StopSignal.Kind.CTRL_C);

    assertThat(exitCode.get(20, TimeUnit.SECONDS)).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(events).containsExactly("called off", "close");
    assertThat(terminal.out()).doesNotContain("ready");
  }

  @Test
  void aRoleThatFailsToStartIsClosedAndItsReasonTold() {
    CommandProblem reason = CommandProblem.failed("The fake broke.");
    Role role =
        new FakeRole() {
          @Override
          public List<String> start() {
            throw reason;
          }
        };

    assertThatThrownBy(() -> new RoleRunner(terminal.terminal()).run(role)).isSameAs(reason);
    assertThat(events).containsExactly("close");
  }

  @Test
  void anErrorAtTheStartEndsTheProcessToo() {
    Role role =
        new FakeRole() {
          @Override
          public List<String> start() {
            throw new StackOverflowError("deep");
          }
        };

    assertThatThrownBy(() -> new RoleRunner(terminal.terminal()).run(role))
        .hasRootCauseInstanceOf(StackOverflowError.class);
    assertThat(events).containsExactly("close");
  }

  @Test
  void aRoleThatStopsByItselfEndsTheProcessWithItsReason() {
    FakeRole role = new FakeRole();
    role.stopped.completeExceptionally(CommandProblem.failed("The disk is full."));

    assertThatThrownBy(() -> new RoleRunner(terminal.terminal()).run(role))
        .hasMessage("The disk is full.");
    assertThat(terminal.out()).isEqualTo("ready: here\n");
    assertThat(events).containsExactly("start", "close");
  }

  @Test
  void nodesStopFirstAndKafkaLastWhateverTheOrderTheyCameIn() {
    Parts parts = new Parts();
    parts.add(Parts.Kind.HEALTH, "health", () -> events.add("health"));
    parts.add(Parts.Kind.BROKER, "broker", () -> events.add("broker"));
    parts.add(Parts.Kind.DISPATCHER, "dispatcher", () -> events.add("dispatcher"));
    parts.add(Parts.Kind.NODE, "node-1", () -> events.add("node"));
    parts.add(Parts.Kind.NODE, "node-2", () -> events.add("node"));

    parts.close();
    parts.close();

    assertThat(events).containsExactly("node", "node", "dispatcher", "broker", "health");
  }

  @Test
  void nodesStopAtTheSameTime() {
    Parts parts = new Parts();
    CountDownLatch both = new CountDownLatch(2);
    for (String name : List.of("node-1", "node-2")) {
      parts.add(
          Parts.Kind.NODE,
          name,
          () -> {
            both.countDown();
            events.add(name + " " + both.await(10, TimeUnit.SECONDS));
          });
    }

    parts.close();

    assertThat(events).containsExactlyInAnyOrder("node-1 true", "node-2 true");
  }

  @Test
  void aPartThatFailsToStopHoldsUpNobody() {
    Parts parts = new Parts();
    parts.add(
        Parts.Kind.NODE,
        "node-1",
        () -> {
          throw new IllegalStateException("stuck");
        });
    parts.add(Parts.Kind.BROKER, "broker", () -> events.add("broker"));

    parts.close();

    assertThat(events).containsExactly("broker");
  }

  @Test
  void aPartThatComesTooLateIsStoppedAtOnce() {
    Parts parts = new Parts();
    parts.close();

    parts.add(Parts.Kind.BROKER, "broker", () -> events.add("broker"));

    assertThat(events).containsExactly("broker");
  }
}
