package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.SettingsLoader;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BackendPlanTest {
  private final BackendSettings local = backend("local", 10);
  private final BackendSettings other = backend("local", 20);
  private final BackendSettings cloud = backend("cloud", 50);
  private final BackendPlan plan = BackendPlan.of(List.of(local));

  private static BackendSettings backend(String name, int priority) {
    return new SettingsLoader()
        .backend(name, Map.of("type", "echo", "priority", Integer.toString(priority)), Map.of());
  }

  private static BackendPlan next(BackendPlan.Step step) {
    assertThat(step).isInstanceOf(BackendPlan.Step.Next.class);
    return ((BackendPlan.Step.Next) step).plan();
  }

  private static String refusal(BackendPlan.Step step) {
    return ((BackendPlan.Step.Refused) step).reason();
  }

  @Test
  void whatWasAddedLivesBesideTheFile() {
    BackendPlan both = next(plan.withAdded(cloud));

    assertThat(both.wanted()).containsExactly(local, cloud);
    assertThat(both.withFile(List.of(other)).wanted()).containsExactly(other, cloud);
    assertThat(next(both.withAdded(backend("cloud", 5))).wanted())
        .containsExactly(local, backend("cloud", 5));
    assertThat(next(both.without("cloud")).wanted()).containsExactly(local);
  }

  @Test
  void aNameOfTheFileIsChangedThere() {
    assertThat(refusal(plan.withAdded(other)))
        .isEqualTo("the node's file has a backend local: change it there, or choose another name");
    assertThat(plan.isOfFile("local")).isTrue();
  }

  @Test
  void oneOfTheFileIsTakenOutUntilTheFileSaysSomethingNewOfIt() {
    BackendPlan without = next(plan.without("local"));

    assertThat(without.wanted()).isEmpty();
    assertThat(without.withFile(List.of(local, cloud)).wanted())
        .as("the file says nothing new of it")
        .containsExactly(cloud);
    assertThat(without.withFile(List.of(other)).wanted()).containsExactly(other);
    assertThat(without.withFile(List.of()).withFile(List.of(local)).wanted())
        .containsExactly(local);
    assertThat(((BackendPlan.Step.Next) plan.without("local")).note()).contains("comes back");
  }

  @Test
  void oneThatWasTakenOutMayBeAddedInAnotherWay() {
    BackendPlan otherwise = next(next(plan.without("local")).withAdded(other));

    assertThat(otherwise.wanted()).containsExactly(other);
    assertThat(next(otherwise.without("local")).wanted()).isEmpty();
    assertThat(otherwise.withFile(List.of(local, cloud)).wanted()).containsExactly(cloud, other);
  }

  @Test
  void theFileWinsANameThatItTakesLater() {
    BackendPlan both = next(plan.withAdded(backend("cloud", 5)));

    assertThat(both.withFile(List.of(local, cloud)).wanted()).containsExactly(local, cloud);
    assertThat(both.withFile(List.of(local, cloud)).withFile(List.of(local)).wanted())
        .containsExactly(local);
  }

  @Test
  void whatIsNotThereCannotBeTakenOut() {
    assertThat(refusal(plan.without("cloud"))).isEqualTo("the node has no backend cloud");
    assertThat(refusal(next(plan.without("local")).without("local")))
        .isEqualTo("the node has no backend local");
  }

  @Test
  void ordersAddNoMoreThanSome() {
    BackendPlan full = plan;
    for (int i = 0; i < BackendPlan.MAX_ADDED; i++) {
      full = next(full.withAdded(backend("b" + i, 10)));
    }

    assertThat(refusal(full.withAdded(cloud))).contains("100 backends already");
    assertThat(next(full.withAdded(backend("b7", 3))).wanted()).hasSize(101);
  }
}
