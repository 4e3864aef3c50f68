package dev.relevo.node.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.HealthCheckSettings;
import dev.relevo.common.config.NodeSettings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.protocol.Delta;
import dev.relevo.node.backend.Cancellation;
import dev.relevo.node.backend.Completion;
import dev.relevo.node.backend.CompletionRequest;
import dev.relevo.node.backend.DeltaSink;
import dev.relevo.node.backend.Worker;
import dev.relevo.node.backend.WorkerFactory;
import dev.relevo.node.backend.WorkerInfo.Feature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A worker beside a backend that does what a test needs; what is common to the tests. */
abstract class ContractStage {
  /** The model that is asked for. */
  public static final String MODEL = "contract-model";

  /** The key that the worker is given; it must be shown to nobody. */
  public static final String KEY = "contract-key-geheim";

  public static final String ANSWER = "Grün 🌍, one two three.";
  public static final String THOUGHT = "Hm – grün?";
  public static final String TOOL = "weather";
  public static final String ARGUMENTS = "{\"city\":\"Köln\"}";
  public static final String PREFIX = "Once upon a time";
  public static final String REST = " there was a server.";

  /** What backends in settings made by {@link #settings} are called. */
  public static final String NAME = "contract";

  static final JsonMapper JSON = JsonMapper.builder().build();
  static final int WAIT_SECONDS = 30;

  @TempDir Path folder;

  /** The factory of the adapter. */
  protected abstract WorkerFactory factory();

  /**
   * A worker made by {@link #factory}, beside a backend that does what a scenario says. It is
   * closed after its test; a backend is its author's to stop.
   *
   * @return null if the backend can never do that; the test is left out
   */
  protected abstract @Nullable Worker worker(Scenario scenario) throws Exception;

  /** The model to ask for in a scenario. */
  protected String model(Scenario scenario) {
    return MODEL;
  }

  /** What the backend says where the scenario says {@link #ANSWER}. */
  protected String answer() {
    return ANSWER;
  }

  /** What the backend goes on with where the scenario says {@link #REST}. */
  protected String rest() {
    return REST;
  }

  /**
   * Waits until the backend has seen that nobody listens any more.
   *
   * @return whether it has; a backend without a connection has nothing to see
   */
  protected boolean sawHangUp() throws Exception {
    return true;
  }

  /**
   * Settings of a backend, as they are read from a file.
   *
   * @param type the adapter's
   * @param more further lines of the backend's settings, such as {@code base-url: http://…}
   */
  protected final BackendSettings settings(String type, String... more) throws IOException {
    return node(type, more).backends().getFirst();
  }

  /** The settings of health checks that belong to {@link #settings}. */
  protected final HealthCheckSettings healthCheck() throws IOException {
    return node("echo").healthCheck();
  }

  private NodeSettings node(String type, String... more) throws IOException {
    StringBuilder file = new StringBuilder("node:\n  backends:\n");
    file.append("    - name: ").append(NAME).append("\n      type: ").append(type).append('\n');
    file.append("      api-key: ").append(KEY).append('\n');
    for (String line : more) {
      file.append("      ").append(line).append('\n');
    }
    Path yaml = Files.writeString(folder.resolve("relevo.yaml"), file);
    return new SettingsLoader().load(yaml, Map.of()).node();
  }

  final Worker open(Scenario... scenarios) throws Exception {
    Worker worker = null;
    for (int i = 0; i < scenarios.length && worker == null; i++) {
      worker = worker(scenarios[i]);
    }
    assumeTrue(worker != null, () -> "its backend never does this: " + scenarios[0]);
    return Objects.requireNonNull(worker);
  }

  final CompletionRequest request(Scenario scenario) {
    return request(scenario, body(scenario), new Cancellation());
  }

  final CompletionRequest request(Scenario scenario, ObjectNode body, Cancellation cancellation) {
    return new CompletionRequest(body, model(scenario), null, WAIT_SECONDS * 1000L, cancellation);
  }

  static ObjectNode body(Scenario scenario) {
    ObjectNode body = JSON.createObjectNode().put("model", MODEL);
    body.putArray("messages").addObject().put("role", "user").put("content", "Say it.");
    switch (scenario) {
      case STOPS_AT_THE_LIMIT -> body.put("max_tokens", 3);
      case CALLS_A_TOOL ->
          body.putArray("tools")
              .addObject()
              .put("type", "function")
              .putObject("function")
              .put("name", TOOL)
              .putObject("parameters")
              .put("type", "object");
      default -> {
        // A plain question.
      }
    }
    return body;
  }

  static boolean has(Worker worker, Feature feature) {
    return worker.info().capabilities().features().contains(feature);
  }

  static Completion.Finished finished(Completion completion) {
    assertThat(completion).isInstanceOf(Completion.Finished.class);
    return (Completion.Finished) completion;
  }

  static Completion.Failed failed(Completion completion) {
    assertThat(completion).isInstanceOf(Completion.Failed.class);
    return (Completion.Failed) completion;
  }

  static <T> FutureTask<T> start(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread.ofVirtual().start(task);
    return task;
  }

  /** What came, in order. */
  static final class Heard implements DeltaSink {
    final List<Delta> pieces = new ArrayList<>();

    @Override
    public void accept(int index, Delta delta) {
      assertThat(index).isZero();
      pieces.add(delta);
    }

    String text() {
      return pieces.stream()
          .map(Delta::content)
          .filter(Objects::nonNull)
          .collect(Collectors.joining());
    }

    String reasoning() {
      return pieces.stream()
          .map(Delta::reasoning)
          .filter(Objects::nonNull)
          .collect(Collectors.joining());
    }
  }
}
