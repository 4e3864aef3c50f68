package dev.relevo.node.kafka;

import dev.relevo.common.config.HealthCheckSettings;
import dev.relevo.common.config.NodeSettings;
import dev.relevo.common.config.Settings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.EventRecord.Finished;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.reply.ReplyAssembler;
import dev.relevo.common.reply.ReplyStep;
import dev.relevo.node.WorkerNode;
import dev.relevo.node.backend.Worker;
import dev.relevo.node.backend.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Plays all faults at once, through one real node on a real broker, and reads what callers see by
 * the reader's own rule. Here the test is the dispatcher, and makes no second attempt.
 */
final class FaultRun implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** More at a time would hold each other up, and look like pauses that nobody made. */
  private static final int AT_A_TIME = 10;

  private final House house;
  private final FaultServer server = new FaultServer();
  private final WorkerNode node;
  private final ReplyPlace place;
  private final Map<String, CompletableFuture<Finished>> finished = new ConcurrentHashMap<>();
  private final Map<String, ReplyAssembler> answers = new LinkedHashMap<>();
  private final Map<String, Integer> restarts = new LinkedHashMap<>();
  private volatile boolean over;

  /**
   * One job.
   *
   * @param askedNanos when it was given to the node
   * @param answer what its reader has at the end
   * @param restarts how often its reader had to begin anew
   * @param finished what the dispatcher was told
   */
  record Job(long askedNanos, String job, ReplyAssembler answer, int restarts, Finished finished) {}

  FaultRun(House house, List<FaultScenario> scenarios, Path folder) throws Exception {
    this.house = house;
    this.place = house.replyPlace();
    for (FaultScenario scenario : scenarios) {
      server.script(scenario.backend("a"), scenario.first());
      server.script(scenario.backend("b"), scenario.second());
    }
    Settings settings = settings(scenarios, folder);
    NodeSettings given = settings.node();
    HealthCheckSettings check = given.healthCheck();
    Workers types = Workers.load();
    List<Worker> workers = new ArrayList<>();
    given.backends().forEach(backend -> workers.add(types.create(backend, check)));
    node = house.node(given, workers);
  }

  /** What became of the jobs of each scenario, by its key. */
  Map<String, List<Job>> play(List<FaultScenario> scenarios) throws Exception {
    Thread reader = Thread.ofVirtual().start(this::readEvents);
    Map<String, CompletableFuture<List<Asked>>> running = new LinkedHashMap<>();
    Semaphore places = new Semaphore(AT_A_TIME);
    for (FaultScenario scenario : scenarios) {
      places.acquire();
      CompletableFuture<List<Asked>> end = new CompletableFuture<>();
      running.put(scenario.key(), end);
      Thread.ofVirtual()
          .name(scenario.key())
          .start(() -> {
            try {
              end.complete(play(scenario));
            } catch (Throwable e) {
              end.completeExceptionally(e);
            } finally {
              places.release();
            }
          });
      if (running.size() == 1) {
        // The first job of a node warms everything up.
        end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
    }
    for (CompletableFuture<List<Asked>> end : running.values()) {
      end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    over = true;
    reader.join();
    readAnswers();
    Map<String, List<Job>> jobs = new LinkedHashMap<>();
    running.forEach((key, end) -> jobs.put(key, end.join().stream().map(this::job).toList()));
    return jobs;
  }

  /** What came to a scenario's backend. */
  List<FaultServer.Arrival> arrivals(FaultScenario scenario, String which) {
    return server.arrivals(scenario.backend(which));
  }

  private record Asked(long nanos, String job, CompletableFuture<Finished> end) {}

  private Job job(Asked asked) {
    ReplyAssembler answer = answers.getOrDefault(asked.job(), ReplyAssembler.keepingText(0));
    int again = restarts.getOrDefault(asked.job(), 0);
    return new Job(asked.nanos(), asked.job(), answer, again, asked.end().join());
  }

  private List<Asked> play(FaultScenario scenario) throws Exception {
    List<Asked> jobs = new ArrayList<>();
    Integer everyMs = scenario.jobs().everyMs();
    for (int i = 0; i < scenario.jobs().count(); i++) {
      Asked asked = ask(scenario);
      jobs.add(asked);
      if (everyMs == null) {
        asked.end().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      } else {
        new CountDownLatch(1).await(everyMs, TimeUnit.MILLISECONDS);
      }
    }
    for (Asked asked : jobs) {
      asked.end().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    return jobs;
  }

  private Asked ask(FaultScenario scenario) {
    Assignment assignment = House.forModel(house.first(node, place), scenario.key());
    CompletableFuture<Finished> end = finished(assignment.fence());
    Asked asked = new Asked(System.nanoTime(), assignment.job(), end);
    house.assign(node, assignment, scenario.jobs().body());
    return asked;
  }

  private CompletableFuture<Finished> finished(Fence fence) {
    return finished.computeIfAbsent(fence.toString(), _ -> new CompletableFuture<>());
  }

  private void readEvents() {
    TopicPartition from = new TopicPartition(house.topics.events(), 0);
    try (Consumer<String, byte[]> consumer = consumer(from)) {
      while (!over) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          Fence fence = MessageCodec.fence(record.headers());
          if (fence != null
              && MessageCodec.decode(EventRecord.class, record.value()) instanceof Finished end) {
            finished(fence).complete(end);
          }
        }
      }
    }
  }

  /** All has been acknowledged before {@code finished} was said, so the end is known. */
  private void readAnswers() {
    TopicPartition from = new TopicPartition(place.topic(), place.partition());
    try (Consumer<String, byte[]> consumer = consumer(from)) {
      long end = consumer.endOffsets(List.of(from)).get(from);
      while (consumer.position(from) < end) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          Fence fence = MessageCodec.fence(record.headers());
          if (fence != null) {
            ReplyStep step =
                answers
                    .computeIfAbsent(record.key(), _ -> ReplyAssembler.keepingText(1_000_000))
                    .accept(
                        record.offset(),
                        fence,
                        MessageCodec.decode(ReplyRecord.class, record.value()));
            if (step instanceof ReplyStep.Restarted) {
              restarts.merge(record.key(), 1, Integer::sum);
            }
          }
        }
      }
    }
  }

  private Consumer<String, byte[]> consumer(TopicPartition from) {
    Consumer<String, byte[]> consumer =
        house.clients.assignedConsumer(
            "faults", KafkaClients.FetchWait.CHANGING, KafkaClients.Start.EARLIEST);
    consumer.assign(List.of(from));
    consumer.seekToBeginning(List.of(from));
    return consumer;
  }

  private Settings settings(List<FaultScenario> scenarios, Path folder) throws Exception {
    StringBuilder yaml = new StringBuilder("node:\n  id: faults\n  capacity: 200\n");
    // Only the first check and those after a failure: they are not what is shown here.
    yaml.append("  health-check: {interval: 10m, timeout: 5s}\n  backends:\n");
    for (FaultScenario scenario : scenarios) {
      yaml.append(backend(scenario, "a", scenario.types().getFirst(), 10));
      if (!scenario.second().isEmpty()) {
        yaml.append(backend(scenario, "b", scenario.types().getLast(), 50));
      }
    }
    Path file = Files.writeString(folder.resolve("relevo.yaml"), yaml);
    return new SettingsLoader().load(file, Map.of());
  }

  private String backend(FaultScenario scenario, String which, String type, int priority) {
    Map<String, String> settings = new LinkedHashMap<>(FaultScenario.COMMON);
    settings.putAll(scenario.settings());
    Map<String, List<String>> sections = new LinkedHashMap<>();
    settings.forEach((name, value) -> {
      String[] parts = name.split("\\.", 2);
      sections.computeIfAbsent(parts[0], _ -> new ArrayList<>()).add(parts[1] + ": " + value);
    });
    StringBuilder yaml = new StringBuilder();
    String name = scenario.backend(which);
    yaml.append("    - name: ").append(name).append("\n      type: ").append(type);
    yaml.append("\n      base-url: ").append(server.url(name));
    yaml.append("\n      models: [").append(scenario.key()).append("]\n      priority: ");
    yaml.append(priority).append("\n      capabilities: {continue-prefix: true}\n");
    sections.forEach((section, values) ->
        yaml.append("      ")
            .append(section)
            .append(": {")
            .append(String.join(", ", values))
            .append("}\n"));
    return yaml.toString();
  }

  @Override
  public void close() throws IOException {
    node.kill();
    server.close();
  }
}
