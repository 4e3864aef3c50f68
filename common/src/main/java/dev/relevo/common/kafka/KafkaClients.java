package dev.relevo.common.kafka;

import dev.relevo.common.secrets.KafkaSecrets;
import dev.relevo.common.secrets.Redactor;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Kafka clients with our defaults; the user's properties win over them. These stay as the protocol
 * has them, and a property that says otherwise is an error: {@code acks}, {@code
 * enable.idempotence}, {@code transactional.id}, {@code isolation.level}, {@code
 * enable.auto.commit}, {@code auto.offset.reset}, {@code allow.auto.create.topics}, {@code
 * group.id}, {@code group.instance.id}, {@code group.protocol}, {@code
 * partition.assignment.strategy}, {@code bootstrap.servers} and the serializers. A {@code
 * client.id} goes before ours.
 *
 * <p>Every method throws {@link KafkaProblem} with a clear sentence. Thread-safe.
 */
public final class KafkaClients {
  /**
   * The largest record that our producers send to a lane. A little under the topic's limit of 8
   * MiB, so that the same body with an assignment's headers still fits.
   */
  public static final int MAX_JOB_BYTES = (8 << 20) - (64 << 10);

  /** The largest record any of our producers sends: a dead letter holds a job and its history. */
  public static final int MAX_REQUEST_BYTES = 9 << 20;

  /** A group's member shows itself four times, or more, in the time after which it is given up. */
  private static final int HEARTBEATS_PER_SESSION = 4;

  /** It learns by its heartbeat that another one has left, whose partitions wait for that. */
  private static final int MAX_GROUP_HEARTBEAT_MS = 300;

  /** The shortest that Kafka allows. */
  private static final long METADATA_MAX_IDLE_MS = 5_000;

  private static final int MAX_POLL_INTERVAL_MS = 60_000;
  private static final int MAX_POLL_RECORDS = 1_000;

  /** A consumer that scans looks only rarely for what comes behind an end. */
  private static final int SCAN_WAIT_MS = 5;

  private static final int SCAN_FETCH_BYTES = 4 << 20;
  private static final int SCAN_RECEIVE_BYTES = 1 << 20;
  private static final int SCAN_POLL_RECORDS = 4_000;

  private static final int REQUEST_TIMEOUT_MS = 10_000;
  private static final int API_TIMEOUT_MS = 30_000;
  private static final int BATCH_BYTES = 64 << 10;

  private final KafkaAccess access;
  private final Redactor redactor;

  public KafkaClients(KafkaAccess access) {
    this.access = access;
    this.redactor = Redactor.of(KafkaSecrets.of(access.properties()));
  }

  /** Where the clients look for Kafka. */
  public KafkaAccess access() {
    return access;
  }

  /**
   * A producer.
   *
   * @param clientId names it in the broker's logs and metrics
   */
  public Producer<String, byte[]> producer(ProducerProfile profile, String clientId) {
    Map<String, Object> settings = producerSettings(profile, clientId);
    try {
      return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    } catch (RuntimeException e) {
      throw problem(e, "starting the producer " + clientId);
    }
  }

  /**
   * A consumer whose partitions its owner assigns; it belongs to no group and commits nothing.
   *
   * @param wait how quickly a change of its assignment must take effect
   * @param start where to read when no position was sought, or the one sought is gone
   */
  public Consumer<String, byte[]> assignedConsumer(String clientId, FetchWait wait, Start start) {
    return consumer(assignedSettings(clientId, wait, start), clientId);
  }

  /**
   * A consumer for tools, whose owner reads one partition after another from its beginning to its
   * end: it fetches much at a time, and does not wait for news at an end.
   */
  public Consumer<String, byte[]> scanConsumer(String clientId) {
    return consumer(scanSettings(clientId), clientId);
  }

  /**
   * A consumer for single records here and there, of which the offsets are known: it fetches no
   * more than the batch that a record stands in, and throws where there is none.
   */
  public Consumer<String, byte[]> singleConsumer(String clientId) {
    return consumer(singleSettings(clientId), clientId);
  }

  /**
   * A member of a consumer group, with the classic protocol: its session may be as short as 6 s. It
   * leaves the group when closed. A group reads from the beginning when it has no committed offset.
   *
   * @param sessionTimeout after this long without a sign the group takes its partitions away
   */
  public Consumer<String, byte[]> groupConsumer(
      String groupId, String clientId, Duration sessionTimeout) {
    return consumer(groupSettings(groupId, clientId, sessionTimeout), clientId);
  }

  /** An admin client. */
  public Admin admin(String clientId) {
    try {
      return Admin.create(adminSettings(clientId));
    } catch (RuntimeException e) {
      throw problem(e, "starting the admin client " + clientId);
    }
  }

  /**
   * Waits until a broker answers, for a role's start.
   *
   * @param timeout the longest wait; Kafka may be starting at the same time as we are
   * @throws KafkaProblem when none answers in time, or the answer is a refusal
   */
  public void awaitReachable(Duration timeout) {
    int timeoutMs = Math.toIntExact(timeout.toMillis());
    try (Admin admin = admin("relevo-probe")) {
      admin
          .describeCluster(new DescribeClusterOptions().timeoutMs(timeoutMs))
          .nodes()
          .get(timeoutMs + 1_000L, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      KafkaProblem problem = problem(e, "looking for the cluster");
      throw problem.kind() == KafkaProblem.Kind.TIMEOUT ? unreachable(timeout, e) : problem;
    } catch (TimeoutException e) {
      throw unreachable(timeout, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unreachable(timeout, e);
    }
  }

  /** Says what an exception of one of these clients means, without a password in it. */
  public KafkaProblem problem(Throwable thrown, String doing) {
    KafkaProblem problem = KafkaErrors.explain(thrown, doing, access.bootstrapServers());
    String told = String.valueOf(problem.getMessage());
    String clean = redactor.clean(told);
    return clean.equals(told)
        ? problem
        : new KafkaProblem(problem.kind(), clean, problem.getCause());
  }

  Map<String, Object> producerSettings(ProducerProfile profile, String clientId) {
    Map<String, Object> defaults = new HashMap<>();
    defaults.put(ProducerConfig.LINGER_MS_CONFIG, profile.lingerMs());
    defaults.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, profile.inFlight());
    defaults.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
    defaults.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none");
    defaults.put(ProducerConfig.BUFFER_MEMORY_CONFIG, (long) profile.bufferBytes());
    defaults.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, profile.maxRequestBytes());
    defaults.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, (long) profile.maxBlockMs());
    defaults.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, profile.requestTimeoutMs());
    defaults.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, profile.deliveryTimeoutMs());
    // A producer that begins anew when no broker answers forgets its topics, and then holds whoever
    // sends until one does: loops must go on, and records wait in the buffer for the broker.
    defaults.put(CommonClientConfigs.METADATA_RECOVERY_STRATEGY_CONFIG, "none");
    // Reply topics come and go: forget those that nobody writes to any more.
    defaults.put(ProducerConfig.METADATA_MAX_IDLE_CONFIG, METADATA_MAX_IDLE_MS);
    Map<String, Object> fixed =
        Map.of(ProducerConfig.ACKS_CONFIG, "all", ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    return ClientSettings.merge(access, clientId, defaults, fixed, ProducerConfig.configNames());
  }

  Map<String, Object> assignedSettings(String clientId, FetchWait wait, Start start) {
    Map<String, Object> defaults = consumerDefaults();
    defaults.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, wait.ms());
    return ClientSettings.merge(
        access, clientId, defaults, consumerFixed(start), ConsumerConfig.configNames());
  }

  Map<String, Object> scanSettings(String clientId) {
    Map<String, Object> defaults = consumerDefaults();
    defaults.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, SCAN_WAIT_MS);
    defaults.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, SCAN_FETCH_BYTES);
    defaults.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, SCAN_RECEIVE_BYTES);
    defaults.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, SCAN_POLL_RECORDS);
    return ClientSettings.merge(
        access, clientId, defaults, consumerFixed(Start.EARLIEST), ConsumerConfig.configNames());
  }

  Map<String, Object> singleSettings(String clientId) {
    Map<String, Object> defaults = consumerDefaults();
    defaults.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, SCAN_WAIT_MS);
    // A broker gives the first batch in any case, however large it is.
    defaults.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 1);
    // With more, the next batch would be fetched at once, and hold up the next place.
    defaults.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
    return ClientSettings.merge(
        access, clientId, defaults, consumerFixed(Start.NONE), ConsumerConfig.configNames());
  }

  Map<String, Object> groupSettings(String groupId, String clientId, Duration sessionTimeout) {
    int sessionMs = Math.toIntExact(sessionTimeout.toMillis());
    Map<String, Object> defaults = consumerDefaults();
    defaults.put(
        ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
        Math.min(sessionMs / HEARTBEATS_PER_SESSION, MAX_GROUP_HEARTBEAT_MS));
    defaults.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, MAX_POLL_INTERVAL_MS);
    Map<String, Object> fixed = new HashMap<>(consumerFixed(Start.EARLIEST));
    // Whoever holds partitions by it must know it: a property cannot say otherwise.
    fixed.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, sessionMs);
    fixed.put(ConsumerConfig.GROUP_ID_CONFIG, groupId);
    fixed.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "classic");
    fixed.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, RangeAssignor.class.getName());
    return ClientSettings.merge(access, clientId, defaults, fixed, ConsumerConfig.configNames());
  }

  Map<String, Object> adminSettings(String clientId) {
    Map<String, Object> defaults =
        Map.of(
            CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MS,
            CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, API_TIMEOUT_MS);
    return ClientSettings.merge(
        access, clientId, defaults, Map.of(), AdminClientConfig.configNames());
  }

  private static Map<String, Object> consumerDefaults() {
    Map<String, Object> defaults = new HashMap<>();
    defaults.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 1);
    defaults.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MAX_POLL_RECORDS);
    defaults.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MS);
    defaults.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, API_TIMEOUT_MS);
    return defaults;
  }

  private static Map<String, Object> consumerFixed(Start start) {
    return Map.of(
        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
        false,
        ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
        false,
        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
        "read_uncommitted",
        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
        start.text());
  }

  private Consumer<String, byte[]> consumer(Map<String, Object> settings, String clientId) {
    try {
      return new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
    } catch (RuntimeException e) {
      throw problem(e, "starting the consumer " + clientId);
    }
  }

  private KafkaProblem unreachable(Duration timeout, Throwable cause) {
    return new KafkaProblem(
        KafkaProblem.Kind.UNREACHABLE,
        "No Kafka broker answered at "
            + access.bootstrapServers()
            + " within "
            + timeout.toMillis()
            + " ms: start one (relevo up, or relevo broker), or set kafka.bootstrap-servers.",
        cause);
  }

  /** How long a fetch without news waits at the broker; a new assignment waits for it to return. */
  public enum FetchWait {
    /** The assignment stays for long: few requests. */
    STEADY(500),
    /** The assignment changes ahead of need: a change takes effect within 100 ms. */
    AHEAD(100),
    /** The assignment changes with every request: a change takes effect within 20 ms. */
    CHANGING(20);

    private final int ms;

    FetchWait(int ms) {
      this.ms = ms;
    }

    int ms() {
      return ms;
    }
  }

  /** Where a consumer begins that has no position. */
  public enum Start {
    /** At the first record there is. */
    EARLIEST("earliest"),
    /** With what comes next. */
    LATEST("latest"),
    /** Nowhere: {@code poll} throws, for those who always know where they are. */
    NONE("none");

    private final String text;

    Start(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }
}
