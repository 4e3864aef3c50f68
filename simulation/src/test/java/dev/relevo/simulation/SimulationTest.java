package dev.relevo.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimulationTest {
  /** More of them with {@code -Drelevo.simulation.seeds=N}; others with {@code …from=SEED}. */
  private static final long SEEDS = Long.getLong("relevo.simulation.seeds", 10_000);

  private static final long FROM = Long.getLong("relevo.simulation.from", 1);

  @Test
  void everyInvariantHoldsAfterEveryStep() throws InterruptedException {
    Runs.Result result =
        new Runs(FROM, FROM + SEEDS - 1, Flaw.NONE)
            .run(
                Runtime.getRuntime().availableProcessors(),
                done -> System.out.println(done + " of " + SEEDS + " seeds"));

    System.out.println(
        result.seeds()
            + " seeds, "
            + result.steps()
            + " steps, none below "
            + result.fewestSteps());
    Runs.Failure failure = result.failure();
    assertThat(failure == null ? null : Report.of(failure.seed(), Flaw.NONE, failure.violation()))
        .isNull();
    assertThat(result.fewestSteps()).isGreaterThanOrEqualTo(Simulation.LEAST_STEPS);
  }

  /** Beyond the usual ones: each found something that was mended since. */
  @ParameterizedTest
  @ValueSource(longs = {13_059, 23_938, 34_593, 35_377, 37_444, 40_118, 40_557, 43_946, 55_331})
  void everyInvariantHoldsWhereOneWasBrokenOnce(long seed) {
    Violation violation = Simulation.run(Planner.plan(seed), Flaw.NONE, false).violation();

    assertThat(violation == null ? null : Report.of(seed, Flaw.NONE, violation)).isNull();
  }

  @Test
  void theSameSeedIsTheSameRun() {
    for (long seed = 1; seed <= 40; seed++) {
      Simulation.Outcome one = Simulation.run(Planner.plan(seed), Flaw.NONE, true);
      Simulation.Outcome other = Simulation.run(Planner.plan(seed), Flaw.NONE, true);

      assertThat(other.history()).as("seed %d", seed).isEqualTo(one.history());
      assertThat(other.steps()).isEqualTo(one.steps());
    }
  }
}
