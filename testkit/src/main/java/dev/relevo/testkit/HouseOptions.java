package dev.relevo.testkit;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a house is like. Immutable; equal options share a house where houses are shared.
 *
 * @param nodes by id, the models that a node offers; none means every model
 * @param settings by key, what differs from a test's defaults, such as {@code
 *     dispatcher.retry.max-attempts}; see the project's page of settings
 * @param kafka where Kafka is; null starts one in this JVM
 * @param prefix what the names of all topics begin with; null for {@code relevo}, and on a Kafka
 *     that is not the house's own for a fresh one
 * @param continuesAnswers whether the models continue an answer that was begun elsewhere; if not,
 *     they are asked for the whole of it again
 * @param patience how long anything is waited for, and an answer held, before the test has failed
 */
public record HouseOptions(
    Map<String, List<String>> nodes,
    Map<String, String> settings,
    @Nullable String kafka,
    @Nullable String prefix,
    boolean continuesAnswers,
    Duration patience) {
  private static final int MAX_NODES = 64;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Where the settings of the one backend that each node has begin. */
  private static final String BACKEND = "node.backends.0.";

  /** Quick beats, no pauses: what takes seconds in a real house takes tenths of one here. */
  private static final Map<String, String> SETTINGS =
      Map.ofEntries(
          Map.entry("kafka.topics.jobs-partitions", "2"),
          Map.entry("kafka.topics.slots", "8"),
          Map.entry("dispatcher.heartbeat-interval", "100ms"),
          Map.entry("dispatcher.missed-heartbeats", "5"),
          Map.entry("dispatcher.commit-interval", "200ms"),
          Map.entry("dispatcher.retry.initial-backoff", "20ms"),
          Map.entry("dispatcher.retry.max-backoff", "200ms"),
          Map.entry("node.heartbeat-interval", "100ms"),
          Map.entry("node.capacity", "64"),
          // A piece of the script is a chunk.
          Map.entry("node.chunk-linger", "0ms"),
          Map.entry("node.drain-timeout", "0ms"),
          Map.entry(BACKEND + "name", ScriptedWorker.NAME),
          // A failure of the script ends an attempt, and what one test lets fail bars no other.
          Map.entry(BACKEND + "retry.max-attempts", "1"),
          Map.entry(BACKEND + "circuit-breaker.failure-rate", "100"),
          Map.entry(BACKEND + "circuit-breaker.minimum-calls", "10000"));

  private static final HouseOptions DEFAULTS =
      new HouseOptions(Map.of(), Map.of(), null, null, true, PATIENCE).withNodes(2);

  /** Checks the values. */
  public HouseOptions {
    nodes = Collections.unmodifiableMap(new LinkedHashMap<>(nodes));
    settings = Map.copyOf(settings);
    if (nodes.size() > MAX_NODES) {
      throw new IllegalArgumentException(
          "nodes: %d are more than the %d that fit".formatted(nodes.size(), MAX_NODES));
    }
    if (!patience.isPositive()) {
      throw new IllegalArgumentException("patience is " + patience + ", expected more than none");
    }
  }

  /** A Kafka of its own; two nodes, {@code node-1} and {@code node-2}, with all models. */
  public static HouseOptions defaults() {
    return DEFAULTS;
  }

  /** Nodes that offer all models: {@code node-1}, {@code node-2} and so on. */
  public HouseOptions withNodes(int count) {
    Map<String, List<String>> named = new LinkedHashMap<>();
    IntStream.rangeClosed(1, count).forEach(number -> named.put("node-" + number, List.of()));
    return new HouseOptions(named, settings, kafka, prefix, continuesAnswers, patience);
  }

  /** One node more, or another in its place, that offers these models; none means all. */
  public HouseOptions withNode(String id, String... models) {
    Map<String, List<String>> more = new LinkedHashMap<>(nodes);
    more.put(id, List.of(models));
    return new HouseOptions(more, settings, kafka, prefix, continuesAnswers, patience);
  }

  /**
   * Another value of a setting of dispatcher, nodes or topics.
   *
   * @param key such as {@code dispatcher.retry.max-attempts}
   * @param value written as in the settings file
   */
  public HouseOptions withSetting(String key, String value) {
    Map<String, String> more = new LinkedHashMap<>(settings);
    more.put(key, value);
    return new HouseOptions(nodes, more, kafka, prefix, continuesAnswers, patience);
  }

  /** Kafka at an address, such as one in a container, instead of one in this JVM. */
  public HouseOptions onKafka(String bootstrapServers) {
    return new HouseOptions(nodes, settings, bootstrapServers, prefix, continuesAnswers, patience);
  }

  /** What the names of all topics begin with. */
  public HouseOptions withPrefix(String prefix) {
    return new HouseOptions(nodes, settings, kafka, prefix, continuesAnswers, patience);
  }

  /** The models cannot continue an answer that was begun: they are asked for all of it again. */
  public HouseOptions withoutContinuation() {
    return new HouseOptions(nodes, settings, kafka, prefix, false, patience);
  }

  /** How long anything is waited for before the test has failed. */
  public HouseOptions withPatience(Duration patience) {
    return new HouseOptions(nodes, settings, kafka, prefix, continuesAnswers, patience);
  }

  List<String> models(String node) {
    List<String> offered = nodes.getOrDefault(node, List.of());
    return offered.isEmpty() ? List.of(ScriptBook.ANY_MODEL) : offered;
  }

  /** All settings that are not the project's defaults. */
  Map<String, String> allSettings() {
    Map<String, String> all = new LinkedHashMap<>(SETTINGS);
    all.putAll(settings);
    return all;
  }
}
