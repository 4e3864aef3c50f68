package dev.relevo.common.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Creates, checks and deletes topics (protocol sections 1 and 7). Calls block, bounded by the admin
 * client's {@code default.api.timeout.ms}; all throw {@link KafkaProblem}. Thread-safe, like the
 * admin client it is given and does not close.
 */
public final class TopicAdmin {
  private static final Duration LEADERS_TIMEOUT = Duration.ofSeconds(15);

  private final Admin admin;
  private final TopicLayout layout;
  private final TopicRules rules;
  private final String servers;

  /**
   * @param servers where Kafka is, for the error messages
   */
  public TopicAdmin(Admin admin, TopicLayout layout, String servers) {
    this.admin = admin;
    this.layout = layout;
    this.rules = new TopicRules(layout);
    this.servers = servers;
  }

  /**
   * Creates the house's topics that are missing. Several may do so at once.
   *
   * @return what was created and what is worth knowing
   * @throws KafkaProblem of kind {@code BROKEN_RULE} when a topic that exists breaks a rule; its
   *     message names all of them
   */
  public TopicReport ensure() {
    TopicReport found = check();
    refuseBroken(found);
    List<TopicSpec> missing =
        rules.expected().stream().filter(spec -> found.missing().contains(spec.name())).toList();
    List<String> created = create(missing);
    if (created.size() < missing.size()) {
      // Somebody else was quicker, perhaps with other settings.
      TopicReport again = check();
      refuseBroken(again);
    }
    return new TopicReport(created, List.of(), found.findings());
  }

  /** Looks at the house's topics and changes nothing. */
  public TopicReport check() {
    Map<String, TopicSpec> existing =
        describe(rules.expected().stream().map(TopicSpec::name).toList());
    List<String> missing =
        rules.expected().stream()
            .map(TopicSpec::name)
            .filter(name -> !existing.containsKey(name))
            .sorted()
            .toList();
    List<TopicFinding> findings = new ArrayList<>(rules.compare(existing));
    findings.addAll(autoCreation());
    return new TopicReport(List.of(), missing, findings);
  }

  /**
   * Creates reply topics in one call; those that exist already are left as they are.
   *
   * @param retention at least the longest time from submit to deadline of any job answered there,
   *     and an hour
   */
  public void createReplies(Collection<String> names, Duration retention) {
    create(names.stream().map(name -> rules.replies(name, 1, retention)).toList());
  }

  /** Creates an inbox unless it exists. */
  public void createInbox(String name, int partitions, Duration retention) {
    create(List.of(rules.replies(name, partitions, retention)));
  }

  /** Creates a file's topic unless it exists. */
  public void createFile(String name, Duration retention) {
    create(List.of(rules.file(name, retention)));
  }

  /** Deletes topics in one call; those that are gone already are fine. */
  public void delete(Collection<String> names) {
    if (names.isEmpty()) {
      return;
    }
    for (KafkaFuture<Void> deleted : admin.deleteTopics(names).topicNameValues().values()) {
      try {
        get(deleted, "deleting topics");
      } catch (KafkaProblem e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
          throw e;
        }
      }
    }
  }

  private List<String> create(List<TopicSpec> specs) {
    if (specs.isEmpty()) {
      return List.of();
    }
    List<NewTopic> topics = specs.stream().map(TopicAdmin::newTopic).toList();
    Set<String> created = new TreeSet<>();
    for (Map.Entry<String, KafkaFuture<Void>> topic :
        admin.createTopics(topics).values().entrySet()) {
      try {
        get(topic.getValue(), "creating topic " + topic.getKey());
        created.add(topic.getKey());
      } catch (KafkaProblem e) {
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw e;
        }
      }
    }
    awaitLeaders(specs.stream().filter(spec -> created.contains(spec.name())).toList());
    return List.copyOf(created);
  }

  /**
   * Waits until the leader of every partition answers for it. A topic exists before that, and an
   * idempotent producer that is refused its first batch while the second one is taken never gets
   * the first one in: the broker knows nothing of it and calls it out of order.
   */
  private void awaitLeaders(List<TopicSpec> specs) {
    List<String> names = specs.stream().map(TopicSpec::name).toList();
    long startNanos = System.nanoTime();
    while (describeTopics(names).size() < names.size()) {
      if (System.nanoTime() - startNanos > LEADERS_TIMEOUT.toNanos()) {
        throw new KafkaProblem(
            KafkaProblem.Kind.TIMEOUT,
            "Kafka at " + servers + " has made topics but does not show them: " + names + ".",
            null);
      }
    }
    Map<TopicPartition, OffsetSpec> partitions = new HashMap<>();
    for (TopicSpec spec : specs) {
      for (int partition = 0; partition < spec.partitions(); partition++) {
        partitions.put(new TopicPartition(spec.name(), partition), OffsetSpec.latest());
      }
    }
    get(admin.listOffsets(partitions).all(), "waiting for the leaders of new topics");
  }

  private static NewTopic newTopic(TopicSpec spec) {
    return new NewTopic(spec.name(), spec.partitions(), (short) spec.replicationFactor())
        .configs(spec.settings());
  }

  /** Those of the topics that the broker shows. */
  private Map<String, TopicDescription> describeTopics(List<String> names) {
    Map<String, TopicDescription> found = new HashMap<>();
    for (Map.Entry<String, KafkaFuture<TopicDescription>> topic :
        admin.describeTopics(names).topicNameValues().entrySet()) {
      try {
        found.put(topic.getKey(), get(topic.getValue(), "looking at topic " + topic.getKey()));
      } catch (KafkaProblem e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
          throw e;
        }
      }
    }
    return found;
  }

  private Map<String, TopicSpec> describe(List<String> names) {
    Map<String, TopicDescription> found = describeTopics(names);
    List<ConfigResource> resources =
        found.keySet().stream()
            .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
            .toList();
    Map<ConfigResource, Config> configs =
        get(admin.describeConfigs(resources).all(), "reading topic settings");
    Map<String, TopicSpec> specs = new HashMap<>();
    configs.forEach((resource, config) -> {
      TopicDescription description = found.get(resource.name());
      if (description != null) {
        specs.put(resource.name(), spec(description, config));
      }
    });
    return specs;
  }

  private static TopicSpec spec(TopicDescription description, Config config) {
    Map<String, String> settings = new HashMap<>();
    for (ConfigEntry entry : config.entries()) {
      if (entry.value() != null) {
        settings.put(entry.name(), entry.value());
      }
    }
    int copies =
        description.partitions().stream().mapToInt(p -> p.replicas().size()).min().orElse(1);
    return new TopicSpec(description.name(), description.partitions().size(), copies, settings);
  }

  private List<TopicFinding> autoCreation() {
    try {
      Collection<Node> brokers = get(admin.describeCluster().nodes(), "looking for the brokers");
      List<ConfigResource> resources =
          brokers.stream()
              .map(broker -> new ConfigResource(ConfigResource.Type.BROKER, broker.idString()))
              .toList();
      String with =
          get(admin.describeConfigs(resources).all(), "reading broker settings").entrySet().stream()
              .filter(broker -> creates(broker.getValue()))
              .map(broker -> broker.getKey().name())
              .sorted()
              .collect(Collectors.joining(", "));
      return with.isEmpty()
          ? List.of()
          : List.of(
              TopicFinding.warning(
                  "Broker "
                      + with
                      + " creates topics that are only asked for: set"
                      + " auto.create.topics.enable=false there, or a deleted reply topic may come"
                      + " back with the wrong settings."));
    } catch (KafkaProblem e) {
      if (e.kind() != KafkaProblem.Kind.AUTHORIZATION) {
        throw e;
      }
      return List.of(
          TopicFinding.warning(
              "Whether the brokers create topics by themselves could not be read: this user may"
                  + " not describe broker settings."));
    }
  }

  private static boolean creates(Config broker) {
    ConfigEntry entry = broker.get("auto.create.topics.enable");
    return entry != null && Boolean.parseBoolean(entry.value());
  }

  private void refuseBroken(TopicReport report) {
    if (!report.problems().isEmpty()) {
      throw new KafkaProblem(
          KafkaProblem.Kind.BROKEN_RULE, String.join("\n", report.problems()), null);
    }
  }

  private <T> T get(KafkaFuture<T> future, String doing) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw KafkaErrors.explain(e, doing, servers);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw KafkaErrors.explain(e, doing, servers);
    }
  }

  /** The layout whose topics these are. */
  public TopicLayout layout() {
    return layout;
  }
}
