package dev.relevo.common.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SettingsDifferenceTest {
  private static final Set<String> ALL = Set.of("kafka", "dispatcher", "node", "gateway", "client");

  private static Settings with(Map<String, String> environment) {
    return new SettingsLoader(() -> "attic").load(null, environment);
  }

  private final Settings defaults = with(Map.of());

  @Test
  void looksAtEverySettingButThoseOfBackends() {
    Set<String> known =
        SettingPaths.all().stream()
            .map(SettingPath::key)
            .filter(key -> !key.startsWith("node.backends"))
            // Another key, or another right of one, is another list.
            .map(key -> key.replaceFirst("\\[0].*", ""))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> seen = new TreeSet<>(SettingsDifference.values(defaults).keySet());
    seen.remove("kafka.embedded");

    assertThat(seen).isEqualTo(known);
  }

  @Test
  void tellsKeysInOrderAndNoValues() {
    Settings other =
        with(
            Map.of(
                "RELEVO_NODE_CAPACITY", "3",
                "RELEVO_DISPATCHER_RETRY_MAX_ATTEMPTS", "7",
                "RELEVO_GATEWAY_API_KEYS", "s3cret",
                "RELEVO_KAFKA_BOOTSTRAP_SERVERS", "a:1",
                "RELEVO_NODE_BACKENDS_0_TYPE", "echo"));

    assertThat(SettingsDifference.keys(defaults, other, ALL))
        .containsExactly(
            "dispatcher.retry.max-attempts",
            "gateway.api-keys",
            "kafka.bootstrap-servers",
            "node.capacity");
  }

  @Test
  void onlySectionsThatMatterAreTold() {
    Settings other = with(Map.of("RELEVO_NODE_CAPACITY", "3", "RELEVO_DISPATCHER_WINDOW", "7000"));

    assertThat(SettingsDifference.keys(defaults, other, Set.of("node", "kafka")))
        .isEqualTo(List.of("node.capacity"));
    assertThat(SettingsDifference.keys(other, other, ALL)).isEmpty();
  }
}
