package dev.relevo.gateway.chat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.relevo.gateway.Gateway;
import dev.relevo.testkit.RelevoExtension;
import java.time.Duration;

/** What the tests of chat completions have in common. */
final class ChatHouse {
  private ChatHouse() {}

  /** A house with these models; answers are never continued, so that they can begin anew. */
  static RelevoExtension create(String... models) {
    return RelevoExtension.create()
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
}
