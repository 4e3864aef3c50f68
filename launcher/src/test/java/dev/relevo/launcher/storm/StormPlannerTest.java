package dev.relevo.launcher.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.launcher.storm.Fault.Kind;
import dev.relevo.launcher.storm.JobPlan.Again;
import dev.relevo.launcher.storm.JobPlan.Place;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StormPlannerTest {
  private static final long MINUTE_MS = 60_000;

  private static void hasSome(StormPlan plan, Predicate<JobPlan> kind) {
    assertThat(plan.jobs().stream().anyMatch(kind)).as("seed " + plan.seed()).isTrue();
  }

  @Test
  void theSameSeedIsTheSameStorm() {
    assertThat(StormPlanner.draw(7, MINUTE_MS)).isEqualTo(StormPlanner.draw(7, MINUTE_MS));
    assertThat(StormPlanner.draw(7, MINUTE_MS)).isNotEqualTo(StormPlanner.draw(8, MINUTE_MS));
  }

  @Test
  void everyShortStormHasOfEverything() {
    for (long seed = 1; seed <= 50; seed++) {
      StormPlan plan = StormPlanner.draw(seed, 0);
      assertThat(plan.jobs()).hasSizeGreaterThanOrEqualTo(200);
      hasSome(plan, JobPlan::isCancelled);
      hasSome(plan, JobPlan::hasDeadline);
      hasSome(plan, JobPlan::isImpatient);
      hasSome(plan, job -> job.place() == Place.TOPIC);
      hasSome(plan, job -> job.place() == Place.NONE);
      hasSome(plan, job -> job.attemptsAllowed() == 1);
      hasSome(plan, job -> job.lane().equals("batch"));
      hasSome(plan, job -> job.model().equals(StormPlan.LONELY_MODEL));
      hasSome(plan, job -> job.again().stream().anyMatch(again -> !again.elsewhere()));
      assertThat(plan.jobs().stream().map(JobPlan::failover).collect(Collectors.toSet()))
          .isEqualTo(Set.of("seamless", "restart", "none"));
      assertThat(plan.poison().stream().map(PoisonPlan::kind).collect(Collectors.toSet()))
          .isEqualTo(Set.of(PoisonPlan.Kind.values()));
      assertThat(plan.faults().stream().map(Fault::kind).collect(Collectors.toSet()))
          .isEqualTo(Set.copyOf(Arrays.asList(Kind.values())));
      assertThat(plan.faultsOf(StormPlan.BROKER)).hasSize(1);
      assertThat(Stream.of(StormPlan.DISPATCHERS, StormPlan.NODES).flatMap(List::stream))
          .noneMatch(target -> plan.faultsOf(target).isEmpty());
    }
  }

  @Test
  void aLongStormHasMoreOfEverythingButNotOfTopics() {
    StormPlan plan = StormPlanner.draw(3, 30 * MINUTE_MS);

    assertThat(plan.jobs()).hasSize(30 * 60 * 4);
    assertThat(plan.faults()).hasSizeGreaterThan(400);
    assertThat(plan.faultsOf(StormPlan.BROKER)).hasSize(10);
    long own = plan.jobs().stream().filter(job -> job.place() == Place.TOPIC).count();
    long others =
        plan.jobs().stream().flatMap(job -> job.again().stream()).filter(Again::elsewhere).count();
    assertThat(own + others).isEqualTo(120);
    assertThat(plan.jobs().stream().map(JobPlan::id)).doesNotHaveDuplicates();
  }
}
