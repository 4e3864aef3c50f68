package dev.relevo.launcher;

import dev.relevo.broker.BrokerOptions;
import dev.relevo.broker.EmbeddedBroker;
import dev.relevo.common.config.NodeSettings;
import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.gateway.Gateway;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All roles, and Kafka unless there is one, in this process. */
final class UpRole extends RoleProcess {
  private static final Logger LOG = LoggerFactory.getLogger(UpRole.class);
  private static final String DEFAULT_ADDRESS = "127.0.0.1:9092";

  /** What of the settings file this process was started with. */
  private static final Set<String> SECTIONS = Set.of("kafka", "dispatcher", "node", "gateway");

  private final UpPlan plan;
  private final SettingsSource source;
  private final Map<String, String> environment;
  private final ModelServerSearch search;

  /**
   * @param source the plan's settings, and how to read them again
   */
  UpRole(
      UpPlan plan,
      SettingsSource source,
      Map<String, String> environment,
      ModelServerSearch search) {
    this.plan = plan;
    this.source = source;
    this.environment = environment;
    this.search = search;
  }

  /** The broker's start takes longest, so the rest that can is done beside it. */
  @Override
  public List<String> start() throws Exception {
    Gateway gateway = openGateway(plan.settings().gateway());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      CompletableFuture<BackendChoice> choosing =
          CompletableFuture.supplyAsync(
              () -> BackendChoice.of(plan.settings().node(), search), threads);
      Settings settings = startKafka();
      KafkaClients clients = KafkaDoor.await(settings.kafka());
      HouseTopics topics = new HouseTopics(clients, settings.kafka().topics());
      topics.ensure();
      MeterRegistry meters = meters().registry();
      DispatcherPart dispatcher = startDispatcher(settings, meters);
      BackendChoice choice = choosing.get();
      List<NodePart> nodes = startNodes(settings, choice, meters);
      UpBackends now = new UpBackends(search, source.settings(), choice);
      watchSettings(source, SECTIONS, now::of, read -> nodes.forEach(node -> node.change(read)));
      dispatcher.awaitReady();
      for (NodePart node : nodes) {
        node.awaitReady();
      }
      gateway.connect(clients, topics.layout());
      readiness().watch(gateway::missing);
      readiness().started();
      return words(settings, gateway, choice, nodes);
    }
  }

  @Override
  public Duration stopBound() {
    return plan.settings()
        .node()
        .drainTimeout()
        .plus(Gateway.closeBound(plan.settings().gateway()))
        .plus(NodePart.CLOSE_GRACE)
        .plus(DispatcherPart.CLOSE_BOUND)
        .plus(BrokerRole.STOP_BOUND);
  }

  private Settings startKafka() throws Exception {
    if (!plan.settings().kafka().embedded()) {
      return plan.withKafkaAt(null);
    }
    BrokerOptions options = new BrokerOptions(plan.data(), plan.kafkaPort());
    EmbeddedBroker broker = add(Parts.Kind.BROKER, "Kafka", EmbeddedBroker.start(options));
    watch("Kafka", broker.stopped());
    return plan.withKafkaAt(broker.bootstrapServers());
  }

  private DispatcherPart startDispatcher(Settings settings, MeterRegistry meters) {
    DispatcherPart dispatcher =
        add(Parts.Kind.DISPATCHER, "the dispatcher", DispatcherPart.start(settings, meters));
    watch("the dispatcher", dispatcher.stopped());
    readiness().watch(dispatcher::missing);
    return dispatcher;
  }

  private List<NodePart> startNodes(Settings settings, BackendChoice choice, MeterRegistry meters) {
    List<NodePart> nodes = new ArrayList<>();
    for (NodeSettings node : plan.nodeSettings(choice)) {
      String name = "node " + node.id();
      NodePart part =
          add(Parts.Kind.NODE, name, NodePart.start(settings.kafka(), node, environment, meters));
      watchNode(name, part);
      nodes.add(part);
    }
    return nodes;
  }

  /** One that is asked to leave leaves alone: Kafka, the dispatcher and other nodes stay. */
  private void watchNode(String name, NodePart node) {
    readiness().watch(() -> node.hasLeft() ? Optional.empty() : node.missing());
    watch(
        name,
        node.stopped()
            .thenCompose(left -> {
              LOG.info("{} was asked to leave and has left", name);
              return new CompletableFuture<@Nullable Void>();
            }));
  }

  private List<String> words(
      Settings settings, Gateway gateway, BackendChoice choice, List<NodePart> nodes) {
    String address = settings.kafka().bootstrapServers();
    List<String> words = new ArrayList<>();
    words.add(
        "ready: Kafka at %s, HTTP at %s, %s"
            .formatted(
                address,
                gateway.address(),
                nodes.stream().map(NodePart::id).collect(Collectors.joining(", "))));
    words.addAll(choice.notes());
    boolean found = !plan.settings().kafka().embedded() || address.equals(DEFAULT_ADDRESS);
    String options = plan.toolOptions() + (found ? "" : " --bootstrap " + address);
    words.add("Try, in another terminal:");
    words.add("  ./relevo submit" + options + " \"Tell me a story\"");
    words.add("  ./relevo nodes" + options);
    words.add("or with any OpenAI client: base URL " + gateway.address() + "/v1");
    return words;
  }
}
