package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.CircuitBreakerSettings;
import dev.relevo.common.config.LimitSettings;
import dev.relevo.common.config.RetrySettings;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.NodeBeat.Health;
import dev.relevo.node.backend.Fault;
import dev.relevo.node.backend.LimitNews;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.backend.WorkerInfo;
import dev.relevo.node.core.AttemptTable.ModelSupport;
import dev.relevo.node.core.BackendBoard.Change;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What breaker, limits and credentials do to a backend's place on the board. */
class BackendRoomTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final WorkerInfo GPU =
      new WorkerInfo("gpu", "fake", List.of("m"), new WorkerInfo.Capabilities(true), 1);

  private final BackendBoard board = new BackendBoard(BackendStrategy.LOCAL_FIRST, new Random(3));

  @Test
  void anOpenBreakerIsShownAndTakesTheBackendOut() {
    add(LimitSettings.NONE);
    assertThat(fail(Fault.SERVER, 0)).isEqualTo(Change.NONE);

    assertThat(fail(Fault.SILENT, 0)).isEqualTo(Change.OPENED);

    assertThat(view(0).breaker()).isEqualTo("OPEN");
    assertThat(board.openness("gpu", 0)).isEqualTo(2);
    assertThat(board.support("m", 0)).isEqualTo(ModelSupport.UNAVAILABLE);
    assertThat(board.take("gpu", 1, 0)).isNull();
    assertThat(board.roomInNanos("gpu", 1, 10 * SECOND)).isEqualTo(20 * SECOND);

    assertThat(view(30 * SECOND).breaker()).isEqualTo("HALF_OPEN");
    assertThat(board.support("m", 30 * SECOND)).isEqualTo(ModelSupport.AVAILABLE);
    Ticket probe = board.take("gpu", 1, 30 * SECOND);
    assertThat(board.take("gpu", 1, 30 * SECOND)).isNull();
    assertThat(board.ended(probe, CallReport.WELL, 31 * SECOND)).isEqualTo(Change.OTHER);
    assertThat(view(31 * SECOND).breaker()).isEqualTo("CLOSED");
  }

  @ParameterizedTest
  @EnumSource
  void onlyWhatTheTableSaysCountsForTheBreaker(Fault fault) {
    add(LimitSettings.NONE);
    for (int i = 0; i < 3; i++) {
      Ticket ticket = board.take("gpu", 1, 10_000 * SECOND * i);
      if (ticket != null) {
        board.ended(ticket, CallReport.failed(fault, 0L), 10_000 * SECOND * i);
      }
    }
    assertThat(board.openness("gpu", 20_000 * SECOND) > 0).isEqualTo(fault.tripsBreaker());
  }

  @Test
  void aBackendThatIsSeenToComeBackNeedNotWaitForItsBreaker() {
    add(LimitSettings.NONE);
    fail(Fault.UNREACHABLE, 0);
    fail(Fault.UNREACHABLE, 0);
    board.checked(GPU, WorkerHealth.AVAILABLE, SECOND);
    assertThat(view(SECOND).breaker()).as("the check knows of no outage").isEqualTo("OPEN");

    board.checked(GPU, WorkerHealth.unavailable("refused"), 2 * SECOND);
    assertThat(board.checked(GPU, WorkerHealth.AVAILABLE, 3 * SECOND)).isTrue();

    assertThat(view(3 * SECOND).breaker()).isEqualTo("HALF_OPEN");
  }

  @Test
  void aBackendOnTrialIsBusyWhenItsCallsAreGivenOut() {
    add(LimitSettings.NONE);
    fail(Fault.SERVER, 0);
    fail(Fault.SERVER, 0);
    assertThat(view(30 * SECOND).health()).isEqualTo(Health.AVAILABLE);

    Ticket probe = board.take("gpu", 1, 30 * SECOND);

    assertThat(view(30 * SECOND).health()).isEqualTo(Health.BUSY);
    assertThat(board.complaints(30 * SECOND).get("gpu")).contains("circuit breaker");
    assertThat(board.support("m", 30 * SECOND)).isEqualTo(ModelSupport.UNAVAILABLE);

    assertThat(board.ended(probe, CallReport.ENDED, 31 * SECOND)).isEqualTo(Change.OTHER);
    assertThat(view(31 * SECOND).health()).isEqualTo(Health.AVAILABLE);
  }

  @Test
  void aFullBackendIsBusyAndPassedOver() {
    add(new LimitSettings(1, 0, 0));
    Ticket ticket = board.take("gpu", 1, 0);

    assertThat(view(0).health()).isEqualTo(Health.BUSY);
    assertThat(board.complaints(0)).containsKey("gpu");
    assertThat(board.support("m", 0)).isEqualTo(ModelSupport.UNAVAILABLE);
    assertThat(board.choose("m", null, 0)).containsExactly("gpu");
    assertThat(board.timesSkipped("gpu")).isOne();

    assertThat(board.ended(ticket, CallReport.WELL, 0)).isEqualTo(Change.OTHER);
    assertThat(view(0).health()).isEqualTo(Health.AVAILABLE);
  }

  @Test
  void whatHeadersSayMakesItBusyUntilTheyAreRenewed() {
    add(LimitSettings.NONE);

    Ticket ticket = board.take("gpu", 1, 0);
    assertThat(ticket).isNotNull();
    assertThat(board.told(ticket, new LimitNews(0L, 20_000L, null, null), 0)).isTrue();

    assertThat(view(0).health()).isEqualTo(Health.BUSY);
    assertThat(view(20 * SECOND).health()).isEqualTo(Health.AVAILABLE);
  }

  @Test
  void aRefusalForTheRateLeavesItAloneAsLongAsItAsksOrLongerEachTime() {
    add(LimitSettings.NONE);
    Ticket asked = board.take("gpu", 1, 0);
    board.ended(asked, CallReport.failed(Fault.RATE_LIMITED, 9_000L), 0);
    assertThat(board.roomInNanos("gpu", 1, 0)).isEqualTo(9 * SECOND);

    Ticket one = board.take("gpu", 1, 10 * SECOND);
    board.ended(one, CallReport.failed(Fault.RATE_LIMITED, null), 10 * SECOND);
    long first = board.roomInNanos("gpu", 1, 10 * SECOND);
    Ticket two = board.take("gpu", 1, 20 * SECOND);
    board.ended(two, CallReport.failed(Fault.RATE_LIMITED, null), 20 * SECOND);
    assertThat(board.roomInNanos("gpu", 1, 20 * SECOND)).isEqualTo(2 * first);
    assertThat(view(20 * SECOND).breaker()).isEqualTo("CLOSED");
  }

  @Test
  void aRefusedKeyTakesItOutForEverybodyAndItIsTriedAgainLater() {
    add(LimitSettings.NONE);

    assertThat(fail(Fault.CREDENTIALS, 0)).isEqualTo(Change.OTHER);

    assertThat(view(0).health()).isEqualTo(Health.UNAVAILABLE);
    assertThat(board.complaints(0).get("gpu")).contains("key");
    assertThat(board.take("gpu", 1, 59 * SECOND)).isNull();
    assertThat(fail(Fault.CREDENTIALS, 60 * SECOND)).isEqualTo(Change.OTHER);
    assertThat(board.take("gpu", 1, 179 * SECOND)).isNull();
    Ticket ticket = board.take("gpu", 1, 180 * SECOND);
    board.ended(ticket, CallReport.WELL, 181 * SECOND);
    assertThat(view(181 * SECOND).health()).isEqualTo(Health.AVAILABLE);
  }

  @Test
  void pausesDoubleUpToTheLongestGiveOrTakeAFifth() {
    add(LimitSettings.NONE);
    long[] expected = {1, 2, 4, 8, 8, 8};
    for (int failures = 1; failures <= expected.length; failures++) {
      for (int i = 0; i < 50; i++) {
        assertThat(board.pauseNanos("gpu", failures, board.spread()))
            .isBetween(
                expected[failures - 1] * 8 * SECOND / 10,
                expected[failures - 1] * 12 * SECOND / 10);
      }
    }
  }

  @Test
  void whatSaysThatItWouldQueueComesLast() {
    add(LimitSettings.NONE);
    WorkerInfo far =
        new WorkerInfo("far", "fake", List.of("m"), new WorkerInfo.Capabilities(true), 1);
    board.add(far, 90, BackendPolicy.DEFAULT);
    board.checked(far, WorkerHealth.AVAILABLE, 0);
    board.checked(GPU, WorkerHealth.busy("no slot is free"), 0);

    assertThat(board.choose("m", null, 0)).containsExactly("far", "gpu");
    assertThat(board.timesSkipped("gpu")).isZero();
  }

  private void add(LimitSettings limits) {
    board.add(
        GPU,
        10,
        new BackendPolicy(
            new RetrySettings(3, Duration.ofSeconds(1), Duration.ofSeconds(8)),
            new CircuitBreakerSettings(50, 2, Duration.ofSeconds(30), 1),
            limits));
    board.checked(GPU, WorkerHealth.AVAILABLE, 0);
  }

  private Change fail(Fault fault, long nanos) {
    Ticket ticket = board.take("gpu", 1, nanos);
    assertThat(ticket).isNotNull();
    return board.ended(ticket, CallReport.failed(fault, null), nanos);
  }

  private NodeBeat.Backend view(long nanos) {
    return board.view(nanos).getFirst();
  }
}
