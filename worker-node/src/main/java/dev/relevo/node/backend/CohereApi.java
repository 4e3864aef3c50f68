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
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Cohere's chat, the second version of it. */
final class CohereApi implements ProviderApi {
  static final String TYPE = "cohere";

  static final URI HOME = URI.create("https://api.cohere.com");
  private static final int PAGE_SIZE = 1000;

  /** Cohere's own status for a key that it does not know. */
  private static final int INVALID_TOKEN = 498;

  static Worker worker(BackendSettings settings, HealthCheckSettings healthCheck) {
    return new ProviderWorker(
        new CohereApi(), HOME, ApiKey.bearer(settings), settings, healthCheck);
  }

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public String product() {
    return "Cohere";
  }

  @Override
  public Set<Feature> features() {
    return EnumSet.complementOf(EnumSet.of(Feature.SEVERAL_ANSWERS));
  }

  @Override
  public Continuation continuation() {
    return Continuation.NONE;
  }

  @Override
  public boolean continuesPrefix(String model) {
    return false;
  }

  @Override
  public HttpUrl completions(HttpUrl base, String model) {
    return ServerAddress.below(ServerAddress.unversioned(base), "v2/chat");
  }

  @Override
  public ObjectNode call(CompletionRequest request) throws UnsupportedRequestException {
    return CohereRequest.of(request);
  }

  @Override
  public AnswerParser parser(ServerName server, String model) {
    return new EventAnswer(
        new CohereEvents(model, error -> failure(server, Refusal.inStream(error))));
  }

  @Override
  public Completion.Failed failure(ServerName server, Refusal refusal) {
    if (refusal.status() == INVALID_TOKEN) {
      return Completion.failed(
          Fault.CREDENTIALS,
          FailureCodes.BACKEND_ERROR,
          refusal.sentence(server) + " – check the backend's api-key");
    }
    return refusal.failure(server);
  }

  /** The list of models has not moved to the second version. */
  @Override
  public HttpUrl models(HttpUrl base, @Nullable String after) {
    HttpUrl.Builder url =
        ServerAddress.below(ServerAddress.unversioned(base), "v1/models")
            .newBuilder()
            .addQueryParameter("endpoint", "chat")
            .addQueryParameter("page_size", String.valueOf(PAGE_SIZE));
    if (after != null) {
      url.addQueryParameter("page_token", after);
    }
    return url.build();
  }

  @Override
  public @Nullable ModelPage page(JsonNode body) {
    JsonNode entries = body.path("models");
    if (!entries.isArray()) {
      return null;
    }
    List<String> models = new ArrayList<>();
    for (JsonNode entry : entries.values()) {
      String name = Json.text(entry, "name");
      if (name != null) {
        models.add(name);
      }
    }
    String next = Json.text(body, "next_page_token");
    return new ModelPage(models, next == null || next.isEmpty() ? null : next);
  }
}
