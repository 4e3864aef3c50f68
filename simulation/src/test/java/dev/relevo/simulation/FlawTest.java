package dev.relevo.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The test of the test: with a rule broken on purpose, the simulation has to notice. */
class FlawTest {
  private static final long MAX_SEEDS = 3_000;

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void isNoticed(Flaw flaw) {
    for (long seed = 1; seed <= MAX_SEEDS; seed++) {
      Violation violation = Simulation.run(Planner.plan(seed), flaw, false).violation();
      if (violation != null && violation.invariant() == flaw.breaks()) {
        System.out.println(flaw + " breaks " + flaw.breaks() + " with seed " + seed);
        return;
      }
    }
    throw new AssertionError(flaw + " was not noticed in " + MAX_SEEDS + " seeds");
  }

  @Test
  void everyInvariantHasOne() {
    Set<Invariant> broken =
        Arrays.stream(Flaw.values())
            .map(Flaw::breaks)
            .filter(invariant -> invariant != null)
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(Invariant.class)));

    assertThat(broken).containsExactlyInAnyOrder(Invariant.values());
  }

  @Test
  void aFailureIsShrunkAndTold() {
    long seed = 1;
    Violation violation = null;
    while (violation == null) {
      violation =
          Simulation.run(Planner.plan(++seed), Flaw.REPLAY_NOT_HELD_BACK, false).violation();
    }

    Plan whole = Planner.plan(seed);
    Plan shortest = Shrinker.shrink(whole, Flaw.REPLAY_NOT_HELD_BACK, violation.invariant());
    String report = Report.of(seed, Flaw.REPLAY_NOT_HELD_BACK, violation);

    assertThat(shortest.happenings()).hasSizeLessThan(whole.happenings().size());
    assertThat(report)
        .contains("seed " + seed, violation.invariant().name(), "SUBMIT", "VIOLATION");
  }
}
