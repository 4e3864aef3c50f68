package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.HealthCheckSettings;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.node.backend.WorkerInfo.Continuation;
import dev.relevo.node.backend.WorkerInfo.Feature;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Anthropic's messages. */
final class AnthropicApi implements ProviderApi {
  static final String TYPE = "anthropic";

  static final URI HOME = URI.create("https://api.anthropic.com");
  private static final String VERSION = "2023-06-01";
  private static final int PAGE_SIZE = 1000;

  static Worker worker(BackendSettings settings, HealthCheckSettings healthCheck) {
    Headers headers =
        ApiKey.in("x-api-key", settings).newBuilder().add("anthropic-version", VERSION).build();
    return new ProviderWorker(new AnthropicApi(), HOME, headers, settings, healthCheck);
  }

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public String product() {
    return "Anthropic";
  }

  @Override
  public Set<Feature> features() {
    return EnumSet.complementOf(EnumSet.of(Feature.JSON_OBJECT, Feature.SEVERAL_ANSWERS));
  }

  @Override
  public Continuation continuation() {
    return Continuation.LAST_MESSAGE;
  }

  @Override
  public boolean continuesPrefix(String model) {
    return AnthropicModel.of(model).continuesPrefix();
  }

  @Override
  public HttpUrl completions(HttpUrl base, String model) {
    return ServerAddress.versioned(base, "v1", "messages");
  }

  @Override
  public ObjectNode call(CompletionRequest request) throws UnsupportedRequestException {
    return AnthropicRequest.of(request);
  }

  @Override
  public AnswerParser parser(ServerName server, String model) {
    return new EventAnswer(new AnthropicEvents(server, model));
  }

  /** A limit that passes says when; one of money does not. */
  @Override
  public Completion.Failed failure(ServerName server, Refusal refusal) {
    if (refusal.status() == 429 && refusal.retryAfterMs() == null) {
      return Completion.failed(
          Fault.CREDENTIALS,
          FailureCodes.BACKEND_ERROR,
          server
              + " answered 429 and does not say how long to wait: "
              + refusal.error().message()
              + " – check the limits of its account");
    }
    return refusal.failure(server);
  }

  @Override
  public HttpUrl models(HttpUrl base, @Nullable String after) {
    HttpUrl.Builder url =
        ServerAddress.versioned(base, "v1", "models")
            .newBuilder()
            .addQueryParameter("limit", String.valueOf(PAGE_SIZE));
    if (after != null) {
      url.addQueryParameter("after_id", after);
    }
    return url.build();
  }

  @Override
  public @Nullable ModelPage page(JsonNode body) {
    JsonNode data = body.path("data");
    if (!data.isArray()) {
      return null;
    }
    List<String> models = new ArrayList<>();
    for (JsonNode entry : data.values()) {
      String id = Json.text(entry, "id");
      if (id != null) {
        models.add(id);
      }
    }
    boolean more = body.path("has_more").asBoolean(false);
    return new ModelPage(models, more ? Json.text(body, "last_id") : null);
  }
}
