package dev.relevo.gateway.chat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.relevo.client.JobClient;
import dev.relevo.common.config.GatewaySettings;
import dev.relevo.common.config.Settings;
import dev.relevo.gateway.Gateway;
import dev.relevo.gateway.GatewayFixture;
import dev.relevo.gateway.http.DoorOptions;
import dev.relevo.gateway.http.Gatekeeper;
import dev.relevo.gateway.http.HttpDoor;
import dev.relevo.gateway.http.Principal;
import dev.relevo.gateway.http.Right;
import dev.relevo.operator.Fleet;
import dev.relevo.testkit.RelevoExtension;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the tests of chat completions have in common. */
final class ChatHouse {
  private ChatHouse() {}

  /** A house with these models; answers are never continued, so that they can begin anew. */
  static RelevoExtension create(String... models) {
    return RelevoExtension.create(GatewayFixture.house())
        .withNode("node-1", models)
        .withNode("node-2", models)
        .withoutContinuation();
  }

  /** The official SDK as it comes, but for the retries. */
  static OpenAIClient sdk(int port, int maxRetries) {
    return sdk(port, maxRetries, Duration.ofSeconds(30));
  }

  static OpenAIClient sdk(int port, int maxRetries, Duration timeout) {
    return OpenAIOkHttpClient.builder()
        .baseUrl("http://127.0.0.1:" + port + "/v1")
        .apiKey("none-is-needed")
        .timeout(timeout)
        .maxRetries(maxRetries)
        .build();
  }

  static OpenAIClient sdk(Gateway gateway) {
    return sdk(gateway.port(), 0);
  }

  static ChatCompletionCreateParams.Builder ask(String model) {
    return ChatCompletionCreateParams.builder().model(model).addUserMessage("Why is the sky blue?");
  }

  /**
   * Chat completions alone, without a gateway around them.
   *
   * @param client submits, and reads answers
   * @param submitted finds the jobs of requests that were made before
   * @param keepAlive how long a stream may be silent
   */
  static HttpDoor door(JobClient client, SubmittedJobs submitted, Duration keepAlive)
      throws IOException {
    Principal anybody = new Principal("anybody", "default", false, Set.of(Right.CHAT));
    GatewaySettings settings = Settings.defaults().gateway().withPort(0);
    Fleet unknown = new Fleet(List.of(), List.of(), Map.of(), 0);
    ChatRoutes routes =
        new ChatRoutes(
            client,
            submitted,
            () -> unknown,
            settings,
            keepAlive,
            Duration.ofMillis(100),
            InstantSource.system());
    return HttpDoor.open(
        DoorOptions.of(settings),
        routes.routes(),
        (exchange, route) -> new Gatekeeper.Admission(anybody, () -> {}));
  }

  /** A Kafka in which no job is found. */
  static class NothingKnown implements SubmittedJobs {
    @Override
    public Optional<Submitted> find(String job) {
      return Optional.empty();
    }

    @Override
    public Optional<Submitted> search(String job) {
      return Optional.empty();
    }
  }
}
