package dev.relevo.common.config;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How jobs are given to nodes (protocol section 4).
 *
 * @param strategy which node gets a job: local-first, {@code round-robin}, {@code random}, {@code
 *     weighted}, {@code least-loaded}, {@code fastest}, {@code sticky}, or one found by
 *     ServiceLoader; default local-first. {@code random} and {@code round-robin} ignore how busy
 *     and how fast anybody is; a name one or two letters off a built-in one is taken for a typing
 *     mistake.
 * @param ackTimeout how long a node may leave an assignment unanswered before another one gets the
 *     job; default 2s. Shorter than a node's heartbeat-interval runs jobs twice for nothing; long
 *     leaves them lying with a deaf node.
 * @param missedHeartbeats intervals without a beat after which a node is given up; default 3. 1
 *     gives up healthy nodes at every hiccup; many keep the jobs of a dead node waiting.
 * @param window jobs in memory at once, all shards of this dispatcher together; default 10,000. 1
 *     runs one job at a time; large ones need memory for all their bodies. When it is full, Kafka
 *     is the queue.
 * @param windowBytes bytes of job bodies in memory at once; default 256MiB. Below the largest job
 *     (8MiB by default) a large one is taken only when nothing else waits; beyond the heap the
 *     process dies.
 * @param parkedMax jobs that wait outside the window at most, all shards of this dispatcher
 *     together: over a minute, behind a backlog, or because no live node serves them; default
 *     1,000,000. 0 parks none, so jobs that nobody can take, and one tenant's backlog, hold up all
 *     others when they fill the window; each takes half a kilobyte of memory.
 * @param ageing how much older a job has to be to go before one of the next better priority;
 *     default 30s. 0ms takes jobs in the order they came in, whatever their priority; long lets
 *     urgent jobs pass others for hours.
 * @param tenants weights of tenants, 1 to 1000: with 3 one gets three turns where another gets one;
 *     default none: everybody has 1. A very large one leaves the others hardly a turn.
 * @param batchReserve percent of the places for a model that jobs of the batch lane leave free, at
 *     least one where there are several; default 10. 0 lets bulk work take every place, so that a
 *     job that somebody waits for has to wait for one to end.
 * @param retry attempts of a job on nodes.
 * @param deadline time from its append that a job without a deadline of its own has; default 15m.
 *     Short ends jobs while they wait for a free node; long keeps hopeless ones.
 * @param batchDeadline the same for a job of the batch lane; default 24h. As for deadline.
 * @param dedupeWindow how long an ended job is remembered, so that a second submit of its id runs
 *     nothing; default 24h. 0ms: only until its offset is committed; long costs memory and a slower
 *     take-over.
 * @param dedupeMax ended jobs remembered at most in a partition, the oldest forgotten first;
 *     default 100,000. 0 remembers none; each takes a few hundred bytes of memory and of the state
 *     topic.
 * @param cancelsMax cancels remembered for jobs that were not read yet; default 100,000. Beyond it
 *     the oldest is forgotten and its job runs.
 * @param replyRetention how long after a job has ended its reply topic stays for readers who come
 *     late; default 10m. Short takes answers away from those who are slow to read; long leaves
 *     topics behind whose clients died, each of which costs the broker a few files.
 * @param heartbeatInterval how often a dispatcher writes and reads back a beat of its own, to tell
 *     a slow broker from dead nodes; default 250ms. Long makes it slow to notice that it is itself
 *     the slow one.
 * @param sessionTimeout how long after a dispatcher falls silent another takes over its partitions;
 *     default 6s. Kafka's brokers allow no less than 6s unless told; long leaves jobs lying after a
 *     crash.
 * @param commitInterval how often the offsets of the job lanes are committed; each accepted commit
 *     renews the right to decide; default 1s. Long has more jobs read again after a take-over.
 * @param host address to listen on; default 127.0.0.1. Health and metrics are not protected: any
 *     other address shows them to everybody who reaches it.
 * @param port port of health and metrics; default 0. 0: any free port, printed at start; set one
 *     where something has to find it.
 */
public record DispatcherSettings(
    String strategy,
    Duration ackTimeout,
    int missedHeartbeats,
    int window,
    long windowBytes,
    int parkedMax,
    Duration ageing,
    Map<String, Integer> tenants,
    int batchReserve,
    RetrySettings retry,
    Duration deadline,
    Duration batchDeadline,
    Duration dedupeWindow,
    int dedupeMax,
    int cancelsMax,
    Duration replyRetention,
    Duration heartbeatInterval,
    Duration sessionTimeout,
    Duration commitInterval,
    String host,
    int port) {
  static final Kind.Single<String> STRATEGY_KIND =
      Kinds.openChoice(
          "the name of a strategy",
          List.of(
              "local-first",
              "round-robin",
              "random",
              "weighted",
              "least-loaded",
              "fastest",
              "sticky"));

  static final Entry.Setting<String> STRATEGY =
      new Entry.Setting<>(
          "strategy",
          STRATEGY_KIND,
          "local-first",
          "Which node gets a job: `local-first`, `round-robin`, `random`, `weighted`, "
              + "`least-loaded`, `fastest`, `sticky`, or one found by ServiceLoader",
          "`random` and `round-robin` ignore how busy and how fast anybody is; a name "
              + "one or two letters off a built-in one is taken for a typing mistake");

  static final Entry.Setting<Duration> ACK_TIMEOUT =
      new Entry.Setting<>(
          "ack-timeout",
          Kinds.duration("10ms", "5m"),
          Duration.ofSeconds(2),
          "How long a node may leave an assignment unanswered before another one gets " + "the job",
          "Shorter than a node's heartbeat-interval runs jobs twice for nothing; long "
              + "leaves them lying with a deaf node");

  static final Entry.Setting<Integer> MISSED_HEARTBEATS =
      new Entry.Setting<>(
          "missed-heartbeats",
          Kinds.wholeNumber(1, 1000),
          3,
          "Intervals without a beat after which a node is given up",
          "1 gives up healthy nodes at every hiccup; many keep the jobs of a dead node "
              + "waiting");

  static final Entry.Setting<Integer> WINDOW =
      new Entry.Setting<>(
          "window",
          Kinds.wholeNumber(1, 1_000_000),
          10_000,
          "Jobs in memory at once, all shards of this dispatcher together",
          "1 runs one job at a time; large ones need memory for all their bodies. When "
              + "it is full, Kafka is the queue");

  static final Entry.Setting<Long> WINDOW_BYTES =
      new Entry.Setting<>(
          "window-bytes",
          Kinds.bytes("1MiB", "64GiB"),
          256L << 20,
          "Bytes of job bodies in memory at once",
          "Below the largest job (8MiB by default) a large one is taken only when "
              + "nothing else waits; beyond the heap the process dies");

  static final Entry.Setting<Integer> PARKED_MAX =
      new Entry.Setting<>(
          "parked-max",
          Kinds.wholeNumber(0, 10_000_000),
          1_000_000,
          "Jobs that wait outside the window at most, all shards of this dispatcher together: "
              + "over a minute, behind a backlog, or because no live node serves them",
          "0 parks none, so jobs that nobody can take, and one tenant's backlog, hold up all "
              + "others when they fill the window; each takes half a kilobyte of memory");

  static final Entry.Setting<Duration> AGEING =
      new Entry.Setting<>(
          "ageing",
          Kinds.duration("0ms", "1d"),
          Duration.ofSeconds(30),
          "How much older a job has to be to go before one of the next better priority",
          "0ms takes jobs in the order they came in, whatever their priority; long lets urgent "
              + "jobs pass others for hours");

  static final Entry.Setting<Map<String, Integer>> TENANTS =
      new Entry.Setting<>(
          "tenants",
          new Kind.Weights(1, 1_000, 10_000),
          Map.of(),
          "none",
          "Weights of tenants, such as `{acme: 3}` or, in the variable, `acme=3,beta=2`: with 3 one"
              + " gets three turns where another gets one; who is not named has 1",
          "A very large one leaves the others hardly a turn");

  static final Entry.Setting<Integer> BATCH_RESERVE =
      new Entry.Setting<>(
          "batch-reserve",
          Kinds.wholeNumber(0, 90),
          10,
          "Percent of the places for a model that jobs of the batch lane leave free, at least one "
              + "where there are several",
          "0 lets bulk work take every place, so that a job that somebody waits for has to wait "
              + "for one to end; much leaves places empty while bulk work waits");

  static final Entry.Setting<Duration> DEADLINE =
      new Entry.Setting<>(
          "deadline",
          Kinds.duration("1s", "6d"),
          Duration.ofMinutes(15),
          "Time from its append that a job without a deadline of its own has",
          "Short ends jobs while they wait for a free node; long keeps hopeless ones");

  static final Entry.Setting<Duration> BATCH_DEADLINE =
      new Entry.Setting<>(
          "batch-deadline",
          Kinds.duration("1s", "6d"),
          Duration.ofHours(24),
          "The same for a job of the batch lane",
          "As for deadline");

  static final Entry.Setting<Duration> DEDUPE_WINDOW =
      new Entry.Setting<>(
          "dedupe-window",
          Kinds.duration("0ms", "30d"),
          Duration.ofHours(24),
          "How long an ended job is remembered, so that a second submit of its id runs "
              + "nothing",
          "0ms: only until its offset is committed; long costs memory and a slower " + "take-over");

  static final Entry.Setting<Integer> DEDUPE_MAX =
      new Entry.Setting<>(
          "dedupe-max",
          Kinds.wholeNumber(0, 10_000_000),
          100_000,
          "Ended jobs remembered at most in a partition, the oldest forgotten first",
          "0 remembers none; each takes a few hundred bytes of memory and of the state " + "topic");

  static final Entry.Setting<Integer> CANCELS_MAX =
      new Entry.Setting<>(
          "cancels-max",
          Kinds.wholeNumber(1, 10_000_000),
          100_000,
          "Cancels remembered for jobs that were not read yet",
          "Beyond it the oldest is forgotten and its job runs");

  static final Entry.Setting<Duration> REPLY_RETENTION =
      new Entry.Setting<>(
          "reply-retention",
          Kinds.duration("1s", "7d"),
          Duration.ofMinutes(10),
          "How long after a job has ended its reply topic stays for readers who come late",
          "Short takes answers away from those who are slow to read; long leaves topics behind "
              + "whose clients died, each of which costs the broker a few files");

  static final Entry.Setting<Duration> HEARTBEAT_INTERVAL =
      new Entry.Setting<>(
          "heartbeat-interval",
          Kinds.duration("10ms", "10s"),
          Duration.ofMillis(250),
          "How often a dispatcher writes and reads back a beat of its own, to tell a "
              + "slow broker from dead nodes",
          "Long makes it slow to notice that it is itself the slow one");

  static final Entry.Setting<Duration> SESSION_TIMEOUT =
      new Entry.Setting<>(
          "session-timeout",
          Kinds.duration("6s", "30m"),
          Duration.ofSeconds(6),
          "How long after a dispatcher falls silent another takes over its partitions",
          "Kafka's brokers allow no less than 6s unless told; long leaves jobs lying "
              + "after a crash");

  static final Entry.Setting<Duration> COMMIT_INTERVAL =
      new Entry.Setting<>(
          "commit-interval",
          Kinds.duration("50ms", "1m"),
          Duration.ofSeconds(1),
          "How often the offsets of the job lanes are committed; each accepted commit "
              + "renews the right to decide",
          "Long has more jobs read again after a take-over");

  private static final Entry.Section<RetrySettings> RETRY =
      RetrySettings.section(Duration.ofSeconds(1), Duration.ofSeconds(30));

  static final Entry.Section<DispatcherSettings> SECTION =
      new Entry.Section<>(
          "dispatcher",
          List.of(
              STRATEGY,
              ACK_TIMEOUT,
              MISSED_HEARTBEATS,
              WINDOW,
              WINDOW_BYTES,
              PARKED_MAX,
              AGEING,
              TENANTS,
              BATCH_RESERVE,
              RETRY,
              DEADLINE,
              BATCH_DEADLINE,
              DEDUPE_WINDOW,
              DEDUPE_MAX,
              CANCELS_MAX,
              REPLY_RETENTION,
              HEARTBEAT_INTERVAL,
              SESSION_TIMEOUT,
              COMMIT_INTERVAL,
              HealthAddress.HOST,
              HealthAddress.PORT),
          DispatcherSettings::of);

  public DispatcherSettings {
    tenants = Collections.unmodifiableMap(new LinkedHashMap<>(tenants));
    new Rules("dispatcher")
        .check(STRATEGY, strategy)
        .check(ACK_TIMEOUT, ackTimeout)
        .check(MISSED_HEARTBEATS, missedHeartbeats)
        .check(WINDOW, window)
        .check(WINDOW_BYTES, windowBytes)
        .check(PARKED_MAX, parkedMax)
        .check(AGEING, ageing)
        .check(TENANTS, tenants)
        .check(BATCH_RESERVE, batchReserve)
        .check(DEADLINE, deadline)
        .check(BATCH_DEADLINE, batchDeadline)
        .check(DEDUPE_WINDOW, dedupeWindow)
        .check(DEDUPE_MAX, dedupeMax)
        .check(CANCELS_MAX, cancelsMax)
        .check(REPLY_RETENTION, replyRetention)
        .check(HEARTBEAT_INTERVAL, heartbeatInterval)
        .check(SESSION_TIMEOUT, sessionTimeout)
        .check(COMMIT_INTERVAL, commitInterval)
        .check(HealthAddress.HOST, host)
        .check(HealthAddress.PORT, port)
        .require(
            commitInterval.compareTo(sessionTimeout.minusSeconds(1)) < 0,
            Units.printDuration(commitInterval)
                + " is not shorter than session-timeout ("
                + Units.printDuration(sessionTimeout)
                + ") less a second",
            "commit-interval",
            "session-timeout")
        .verify();
  }

  private static DispatcherSettings of(Values values) {
    return new DispatcherSettings(
        values.get(STRATEGY),
        values.get(ACK_TIMEOUT),
        values.get(MISSED_HEARTBEATS),
        values.get(WINDOW),
        values.get(WINDOW_BYTES),
        values.get(PARKED_MAX),
        values.get(AGEING),
        values.get(TENANTS),
        values.get(BATCH_RESERVE),
        values.get(RETRY),
        values.get(DEADLINE),
        values.get(BATCH_DEADLINE),
        values.get(DEDUPE_WINDOW),
        values.get(DEDUPE_MAX),
        values.get(CANCELS_MAX),
        values.get(REPLY_RETENTION),
        values.get(HEARTBEAT_INTERVAL),
        values.get(SESSION_TIMEOUT),
        values.get(COMMIT_INTERVAL),
        values.get(HealthAddress.HOST),
        values.get(HealthAddress.PORT));
  }
}
