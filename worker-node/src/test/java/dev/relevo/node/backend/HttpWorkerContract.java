package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.HealthCheckSettings;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.node.contract.Scenario;
import dev.relevo.node.contract.WorkerContract;
import java.io.IOException;
import java.util.List;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import tools.jackson.databind.node.StringNode;

/** The contract of an adapter whose server speaks HTTP: the scenarios, in the server's words. */
abstract class HttpWorkerContract extends WorkerContract {
  private static final long PAUSE_MS = 5;

  private final String type;
  private FakeServer server;

  HttpWorkerContract(String type) {
    this.type = type;
  }

  /** What is sent of a piece of text. */
  abstract String text(String text);

  /** What is sent of a piece of thought. */
  abstract String thought(String thought);

  /** What is sent of a call of a tool. */
  abstract String call(String tool, String arguments);

  /** What is sent at the end. */
  abstract String end(FinishReason reason);

  /** The answer to every question but that for a completion: a list with the model in it. */
  abstract String listing();

  /** Whether a completion is asked for, and not something else. */
  boolean isCompletion(RecordedRequest request) {
    return "POST".equals(request.getMethod());
  }

  @BeforeEach
  void start() throws IOException {
    server = new FakeServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Override
  protected WorkerFactory factory() {
    return new WorkerFactory() {
      @Override
      public String type() {
        return type;
      }

      @Override
      public Worker create(BackendSettings settings, HealthCheckSettings healthCheck) {
        return Workers.with().create(settings, healthCheck);
      }
    };
  }

  @Override
  protected Worker worker(Scenario scenario) throws Exception {
    server.dispatch(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            return isCompletion(request)
                ? completion(scenario)
                : refused(scenario, server.whole(200, listing()));
          }
        });
    return factory().create(settings(type, "base-url: " + server.url()), healthCheck());
  }

  @Override
  protected boolean sawHangUp() throws Exception {
    return server.sawDisconnect();
  }

  private MockResponse refused(Scenario scenario, MockResponse otherwise) {
    return switch (scenario) {
      case REFUSES_THE_KEY -> server.whole(401, "{'error':{'message':'no such key'}}");
      case IS_BROKEN -> server.whole(503, "{'error':{'message':'overloaded'}}");
      default -> otherwise;
    };
  }

  private MockResponse completion(Scenario scenario) {
    List<String> words = List.of(ANSWER.split("(?<= )"));
    StringBuilder answer = new StringBuilder();
    words.forEach(word -> answer.append(text(word)));
    return switch (scenario) {
      case ANSWERS -> whole(answer + end(FinishReason.STOP));
      case STOPS_AT_THE_LIMIT -> whole(text(words.getFirst()) + end(FinishReason.LENGTH));
      case THINKS -> whole(thought(THOUGHT) + answer + end(FinishReason.STOP));
      case CALLS_A_TOOL -> whole(call(TOOL, ARGUMENTS) + end(FinishReason.TOOL_CALLS));
      case CONTINUES -> whole(text(REST) + end(FinishReason.STOP));
      case BREAKS_OFF -> server.streamed(wire -> wire.send(text(words.getFirst())), true);
      case NEVER_ENDS -> server.streamed(this::againAndAgain, false);
      case IS_SILENT -> server.streamed(FakeServer.Wire::stall, false);
      case IS_LIMITED ->
          server
              .whole(429, "{'error':{'message':'too many'}}")
              .newBuilder()
              .addHeader("retry-after", "2")
              .build();
      case REFUSES_THE_KEY, IS_BROKEN -> refused(scenario, whole(""));
    };
  }

  private void againAndAgain(FakeServer.Wire wire) throws IOException {
    while (true) {
      wire.send(text("again ")).pause(PAUSE_MS);
    }
  }

  private MockResponse whole(String body) {
    return server.streamed(wire -> wire.send(body).end(), false);
  }

  /** A text as it stands inside of JSON. */
  static String quoted(String text) {
    return StringNode.valueOf(text).toString();
  }

  /** Data written with single quotes, in an event. */
  static String event(String data) {
    return "data: " + data + "\n\n";
  }

  /** JSON written with single quotes; the arguments go into it as they are. */
  static String json(String pattern, Object... arguments) {
    return pattern.replace('\'', '"').formatted(arguments);
  }
}
