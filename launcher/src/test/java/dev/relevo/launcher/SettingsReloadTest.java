package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.Settings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.launcher.SettingsReload.News;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SettingsReloadTest {
  private final List<List<String>> given = new ArrayList<>();
  private String refusal = "";

  private static Settings settings(String backend, String... more) {
    Map<String, String> environment =
        new HashMap<>(
            Map.of("RELEVO_NODE_BACKENDS_0_NAME", backend, "RELEVO_NODE_BACKENDS_0_TYPE", "echo"));
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return new SettingsLoader().withNodeId("attic").load(null, environment);
  }

  private final SettingsReload reload =
      new SettingsReload(
          "relevo.yaml",
          settings("one"),
          Set.of("kafka", "node"),
          settings -> settings.node().backends(),
          this::give);

  private void give(List<BackendSettings> backends) {
    if (!refusal.isEmpty()) {
      throw new IllegalArgumentException(refusal);
    }
    given.add(backends.stream().map(BackendSettings::name).toList());
  }

  private News take(Settings settings) {
    return reload.take(new SettingsReload.Good(settings));
  }

  private News broken(String... problems) {
    return reload.take(new SettingsReload.Broken(List.of(problems)));
  }

  @Test
  void theSameSettingsAreNoNews() {
    assertThat(take(settings("one"))).isEqualTo(News.NONE);
    assertThat(given).isEmpty();
  }

  @Test
  void backendsChangeAtOnceAndTheRestAfterARestart() {
    News news = take(settings("two", "RELEVO_NODE_CAPACITY", "3", "RELEVO_GATEWAY_PORT", "1"));

    assertThat(news)
        .isEqualTo(
            new News(
                false,
                List.of(
                    "relevo.yaml was changed: backend two is added, backend one is removed;"
                        + " node.capacity needs a restart and stays as it was")));
    assertThat(given).containsExactly(List.of("two"));
  }

  @Test
  void aBrokenEditChangesNothingAndIsToldOnce() {
    News news = broken("relevo.yaml:3: node.capcity: there is no such setting");

    assertThat(news)
        .isEqualTo(
            new News(
                true,
                List.of(
                    "relevo.yaml was changed and cannot be used, so nothing has changed:",
                    "relevo.yaml:3: node.capcity: there is no such setting")));
    assertThat(broken("relevo.yaml:3: node.capcity: there is no such setting"))
        .isEqualTo(News.NONE);
    assertThat(broken("relevo.yaml:4: other").lines()).hasSize(2);
    assertThat(given).isEmpty();
    assertThat(take(settings("one")).lines())
        .containsExactly("relevo.yaml is in order again; nothing that runs is changed");
  }

  @Test
  void thingsThatWereSaidBeforeAreComparedWithWhatRuns() {
    assertThat(take(settings("one", "RELEVO_NODE_CAPACITY", "3")).lines())
        .containsExactly(
            "relevo.yaml was changed; node.capacity needs a restart and stays as it was");
    assertThat(take(settings("one")).lines())
        .containsExactly("relevo.yaml was changed; nothing that runs is changed");
  }

  @Test
  void whatTheNodeRefusesIsABrokenEdit() {
    refusal = "Backend two cannot be made.";
    News news = take(settings("two"));

    assertThat(news.broken()).isTrue();
    assertThat(news.lines()).contains("Backend two cannot be made.");

    refusal = "";
    assertThat(take(settings("two", "RELEVO_NODE_CAPACITY", "3")).lines().getFirst())
        .contains("backend two is added, backend one is removed");
  }

  @Test
  void noMoreThanSomeProblemsAreTold() {
    News news =
        broken(
            IntStream.range(0, SettingsReload.MOST_PROBLEMS + 7)
                .mapToObj(i -> "problem " + i)
                .toArray(String[]::new));

    assertThat(news.lines()).hasSize(SettingsReload.MOST_PROBLEMS + 2);
    assertThat(news.lines().getLast()).isEqualTo("and 7 problems more");
  }
}
