package dev.relevo.common.config;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A worker node and its backends (protocol section 3).
 *
 * @param id name of the node; no two live nodes may share one; default host name and a random
 *     suffix. A fixed one lets a restarted node take over its own name; two nodes with the same:
 *     the second refuses to start.
 * @param capacity jobs at once; default 8. 1 runs them one after another; more than the backends
 *     can do makes all answers slow.
 * @param strategy which of this node's own backends gets a job; names as for the dispatcher;
 *     default local-first. {@code random} and {@code round-robin} send as much to a dear cloud as
 *     to the local model.
 * @param heartbeatInterval time between two beats; three missed ones and the node is given up;
 *     default 1s. Short loads everybody with beats; long leaves the jobs of a dead node lying.
 * @param drainTimeout how long a stopping node lets running jobs finish; default 60s. 0ms gives
 *     them all to other nodes at once; long delays a restart.
 * @param chunkLinger how long pieces of an answer that come fast are joined into one record; the
 *     first one never waits; default 5ms. 0ms writes a record for each token; long makes answers
 *     jerk.
 * @param healthCheck how it finds out whether its backends can work.
 * @param backends its backends, at least one; default Ollama at localhost:11434 with gemma3:4b.
 * @param host address to listen on; default 127.0.0.1. Health and metrics are not protected: any
 *     other address shows them to everybody who reaches it.
 * @param port port of health and metrics; default 0. 0: any free port, printed at start; set one
 *     where something has to find it.
 */
public record NodeSettings(
    String id,
    int capacity,
    String strategy,
    Duration heartbeatInterval,
    Duration drainTimeout,
    Duration chunkLinger,
    HealthCheckSettings healthCheck,
    List<BackendSettings> backends,
    String host,
    int port) {

  static final Entry.Setting<String> ID =
      new Entry.Setting<>(
          "id",
          Kinds.text(
              "a name of up to 100 letters, digits, dots, dashes and underscores",
              Pattern.compile("[A-Za-z0-9._-]{1,100}")),
          "node",
          "host name and a random suffix",
          "Name of the node; no two live nodes may share one",
          "A fixed one lets a restarted node take over its own name; two nodes with the"
              + " same: the second refuses to start");

  static final Entry.Setting<Integer> CAPACITY =
      new Entry.Setting<>(
          "capacity",
          Kinds.wholeNumber(1, 100_000),
          8,
          "Jobs at once",
          "1 runs them one after another; more than the backends can do makes all "
              + "answers slow");

  static final Entry.Setting<String> STRATEGY =
      new Entry.Setting<>(
          "strategy",
          DispatcherSettings.STRATEGY_KIND,
          "local-first",
          "Which of this node's own backends gets a job; names as for the dispatcher",
          "`random` and `round-robin` send as much to a dear cloud as to the local " + "model");

  static final Entry.Setting<Duration> HEARTBEAT_INTERVAL =
      new Entry.Setting<>(
          "heartbeat-interval",
          Kinds.duration("50ms", "1m"),
          Duration.ofSeconds(1),
          "Time between two beats; three missed ones and the node is given up",
          "Short loads everybody with beats; long leaves the jobs of a dead node lying");

  static final Entry.Setting<Duration> DRAIN_TIMEOUT =
      new Entry.Setting<>(
          "drain-timeout",
          Kinds.duration("0ms", "1d"),
          Duration.ofSeconds(60),
          "How long a stopping node lets running jobs finish",
          "0ms gives them all to other nodes at once; long delays a restart");

  static final Entry.Setting<Duration> CHUNK_LINGER =
      new Entry.Setting<>(
          "chunk-linger",
          Kinds.duration("0ms", "1s"),
          Duration.ofMillis(5),
          "How long pieces of an answer that come fast are joined into one record; the "
              + "first one never waits",
          "0ms writes a record for each token; long makes answers jerk");

  /** What a node uses when no backend is configured. */
  private static final List<BackendSettings> UNCONFIGURED = List.of(BackendSettings.localOllama());

  private static final Entry.Sections<BackendSettings> BACKENDS =
      new Entry.Sections<>(BackendSettings.SECTION);

  static final Entry.Section<NodeSettings> SECTION =
      new Entry.Section<>(
          "node",
          List.of(
              ID,
              CAPACITY,
              STRATEGY,
              HEARTBEAT_INTERVAL,
              DRAIN_TIMEOUT,
              CHUNK_LINGER,
              HealthCheckSettings.SECTION,
              BACKENDS,
              HealthAddress.HOST,
              HealthAddress.PORT),
          NodeSettings::of);

  public NodeSettings {
    backends = List.copyOf(backends);
    new Rules("node")
        .check(ID, id)
        .check(CAPACITY, capacity)
        .check(STRATEGY, strategy)
        .check(HEARTBEAT_INTERVAL, heartbeatInterval)
        .check(DRAIN_TIMEOUT, drainTimeout)
        .check(CHUNK_LINGER, chunkLinger)
        .check(HealthAddress.HOST, host)
        .check(HealthAddress.PORT, port)
        .require(!backends.isEmpty(), "empty, at least one backend is needed", "backends")
        .require(
            namedTwice(backends).isEmpty(),
            "the name "
                + String.join(", ", namedTwice(backends))
                + " is given to more than one backend",
            "backends")
        .verify();
  }

  /**
   * Whether somebody chose the backends, rather than leaving it to the default; choosing exactly
   * what is the default counts.
   */
  @SuppressWarnings("ReferenceEquality")
  public boolean choosesBackends() {
    return backends != UNCONFIGURED;
  }

  /** The same node with other backends. */
  public NodeSettings withBackends(List<BackendSettings> others) {
    return new NodeSettings(
        id,
        capacity,
        strategy,
        heartbeatInterval,
        drainTimeout,
        chunkLinger,
        healthCheck,
        others,
        host,
        port);
  }

  /** The keys that nobody may see. */
  public List<String> secrets() {
    return BackendSettings.secrets(backends);
  }

  private static NodeSettings of(Values values) {
    return new NodeSettings(
        values.get(ID),
        values.get(CAPACITY),
        values.get(STRATEGY),
        values.get(HEARTBEAT_INTERVAL),
        values.get(DRAIN_TIMEOUT),
        values.get(CHUNK_LINGER),
        values.get(HealthCheckSettings.SECTION),
        backendsOf(values),
        values.get(HealthAddress.HOST),
        values.get(HealthAddress.PORT));
  }

  private static List<String> namedTwice(List<BackendSettings> backends) {
    return Kinds.repeated(backends.stream().map(BackendSettings::name).toList());
  }

  private static List<BackendSettings> backendsOf(Values values) {
    List<BackendSettings> given = values.get(BACKENDS);
    return given.isEmpty() ? UNCONFIGURED : given;
  }
}
