package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.CircuitBreakerSettings;
import dev.relevo.common.config.LimitSettings;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.NodeBeat.Health;
import dev.relevo.node.backend.Fault;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.backend.WorkerInfo;
import dev.relevo.node.core.AttemptTable.ModelSupport;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Backends that come, change and go while calls to them run. */
class ChangingBoardTest {
  private static final BackendPolicy POLICY =
      new BackendPolicy(
          BackendPolicy.DEFAULT.retry(),
          new CircuitBreakerSettings(50, 2, Duration.ofSeconds(30), 1),
          LimitSettings.NONE);

  private final BackendBoard board = new BackendBoard(BackendStrategy.LOCAL_FIRST, new Random(3));
  private int number;

  private static WorkerInfo gpu(String... models) {
    return new WorkerInfo("gpu", "fake", List.of(models), new WorkerInfo.Capabilities(true), 1);
  }

  @BeforeEach
  void oneThatIsWell() {
    number = board.add(gpu("m"), 10, POLICY);
    board.checked(gpu("m"), WorkerHealth.AVAILABLE, 0);
  }

  private Ticket take() {
    Ticket ticket = board.take("gpu", 1, 0);
    assertThat(ticket).isNotNull();
    return ticket;
  }

  private void fail() {
    board.ended(take(), CallReport.failed(Fault.SERVER, null), 0);
  }

  private NodeBeat.Backend view() {
    return board.view(0).getFirst();
  }

  @Test
  void oneThatWasRemovedIsGivenNothingNewAndEndsWhatItHas() {
    Ticket running = take();

    board.remove("gpu");

    assertThat(board.view(0)).isEmpty();
    assertThat(board.support("m", 0)).isEqualTo(ModelSupport.UNKNOWN);
    assertThat(board.choose("m", null, 0)).isEmpty();
    assertThat(board.take("gpu", 1, 0)).isNull();
    assertThat(board.roomInNanos("gpu", 1, 0)).isEqualTo(BackendEntry.NEVER);
    assertThat(board.policy("gpu")).isEqualTo(BackendPolicy.DEFAULT);
    assertThat(board.pauseNanos("gpu", 1, 1)).isZero();
    assertThat(board.openness("gpu", 0)).isZero();
    assertThat(board.timesSkipped("gpu")).isZero();
    assertThat(board.isOver(number)).isFalse();
    assertThat(board.ended(running, CallReport.WELL, 0)).isEqualTo(BackendBoard.Change.NONE);
    assertThat(board.isOver(number)).isTrue();
  }

  @Test
  void oneOnWhichNothingRunsIsOverAtOnce() {
    board.ended(take(), CallReport.WELL, 0);
    assertThat(board.isOver(number)).as("still there").isFalse();

    board.remove("gpu");

    assertThat(board.isOver(number)).isTrue();
  }

  @Test
  void anotherOfTheSameNameKnowsNothingOfTheFirst() {
    Ticket running = take();
    fail();
    board.remove("gpu");
    int second = board.add(gpu("n"), 10, POLICY);

    assertThat(second).isNotEqualTo(number);
    assertThat(view().health()).isEqualTo(Health.UNAVAILABLE);
    board.checked(gpu("n"), WorkerHealth.AVAILABLE, 0);
    board.ended(running, CallReport.failed(Fault.SERVER, null), 0);

    assertThat(view().breaker()).isEqualTo("CLOSED");
    assertThat(board.isOver(number)).isTrue();
    assertThat(board.isOver(second)).isFalse();
  }

  @Test
  void theSameServerUnderOtherTermsKeepsWhatIsKnownOfIt() {
    board.ended(take(), CallReport.WELL.measured(null, 120.0, 30.0), 0);
    fail();
    assertThat(view().breaker()).isEqualTo("OPEN");

    int changed = board.change(gpu(), 50, POLICY, true);

    assertThat(view().breaker()).isEqualTo("OPEN");
    assertThat(view().ttftMs()).isEqualTo(120.0);
    assertThat(view().priority()).isEqualTo(50);
    assertThat(view().models()).as("until it was asked again").containsExactly("m");
    assertThat(view().health()).isEqualTo(Health.AVAILABLE);
    assertThat(board.isOver(number)).isTrue();
    assertThat(board.isOver(changed)).isFalse();
  }

  @Test
  void otherTermsForTheBreakerBeginItAnew() {
    fail();
    fail();

    board.change(
        gpu("n"),
        10,
        new BackendPolicy(
            POLICY.retry(),
            new CircuitBreakerSettings(50, 20, Duration.ofSeconds(30), 1),
            POLICY.limits()),
        false);

    assertThat(view().breaker()).isEqualTo("CLOSED");
    assertThat(view().models()).containsExactly("n");
  }

  @Test
  void callsFromBeforeAChangeCountForItsLimits() {
    Ticket running = take();
    board.change(
        gpu("m"),
        10,
        new BackendPolicy(POLICY.retry(), POLICY.breaker(), new LimitSettings(1, 0, 0)),
        true);

    assertThat(board.take("gpu", 1, 0)).isNull();
    board.ended(running, CallReport.WELL, 0);
    assertThat(board.take("gpu", 1, 0)).isNotNull();
    assertThat(board.isOver(number)).isTrue();
  }
}
