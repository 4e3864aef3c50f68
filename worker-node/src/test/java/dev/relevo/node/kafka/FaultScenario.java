package dev.relevo.node.kafka;

import dev.relevo.node.kafka.FaultServer.Script;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One fault: what the preferred backend A does, what the other one, B, does, and with which
 * settings.
 *
 * @param name for people
 * @param key its model's name, and part of its backends' names
 * @param types the adapters of A and of B
 * @param first what A does, call by call
 * @param second what B does, call by call; empty for none
 * @param settings of both backends, by their names in the configuration, where they differ from
 *     {@link #COMMON}
 * @param waits the pauses that may be seen before a request, shortest first: what it is called, by
 *     the least milliseconds that it takes
 * @param jobs what is asked
 */
record FaultScenario(
    String name,
    String key,
    List<String> types,
    List<Script> first,
    List<Script> second,
    Map<String, String> settings,
    Map<Long, String> waits,
    Jobs jobs) {

  /** What all scenarios use unless they say otherwise. */
  static final Map<String, String> COMMON = common();

  private static final String QUESTION = "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

  /**
   * The jobs of a scenario.
   *
   * @param body of each
   * @param count how many there are
   * @param everyMs milliseconds from one to the next; null: each waits for the one before
   */
  record Jobs(String body, int count, @Nullable Integer everyMs) {}

  private static Map<String, String> common() {
    Map<String, String> common = new LinkedHashMap<>();
    common.put("timeouts.connect", "1s");
    common.put("timeouts.first-token", "2s");
    common.put("timeouts.idle", "2s");
    common.put("timeouts.total", "20s");
    common.put("retry.max-attempts", "2");
    common.put("retry.initial-backoff", "2s");
    common.put("retry.max-backoff", "2s");
    common.put("circuit-breaker.minimum-calls", "100");
    return common;
  }

  static FaultScenario fault(String name, String key, Script... first) {
    return new FaultScenario(
        name,
        key,
        List.of("openai", "openai"),
        List.of(first),
        List.of(FaultWire.answers()),
        Map.of(),
        Map.of(),
        new Jobs(QUESTION, 1, null));
  }

  /** With other adapters for A and B. */
  FaultScenario types(String a, String b) {
    return new FaultScenario(name, key, List.of(a, b), first, second, settings, waits, jobs);
  }

  /** With another B. */
  FaultScenario other(Script... scripts) {
    return new FaultScenario(name, key, types, first, List.of(scripts), settings, waits, jobs);
  }

  /** Without B. */
  FaultScenario alone() {
    return other();
  }

  FaultScenario with(String setting, String value) {
    Map<String, String> more = new LinkedHashMap<>(settings);
    more.put(setting, value);
    return new FaultScenario(name, key, types, first, second, more, waits, jobs);
  }

  FaultScenario waits(long leastMs, String what) {
    Map<Long, String> more = new TreeMap<>(waits);
    more.put(leastMs, what);
    return new FaultScenario(name, key, types, first, second, settings, more, jobs);
  }

  FaultScenario body(String body) {
    return jobs(new Jobs(body, jobs.count(), jobs.everyMs()));
  }

  /** That many jobs, one after the other. */
  FaultScenario times(int count) {
    return jobs(new Jobs(jobs.body(), count, null));
  }

  /** That many jobs, at a pace of their own. */
  FaultScenario steadily(int count, int intervalMs) {
    return jobs(new Jobs(jobs.body(), count, intervalMs));
  }

  /** The name of its backend: {@code a} or {@code b}. */
  String backend(String which) {
    return key + "-" + which;
  }

  private FaultScenario jobs(Jobs other) {
    return new FaultScenario(name, key, types, first, second, settings, waits, other);
  }
}
