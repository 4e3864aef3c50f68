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

/** Google's Gemini, through its own API. */
final class GeminiApi implements ProviderApi {
  static final String TYPE = "gemini";

  static final URI HOME = URI.create("https://generativelanguage.googleapis.com/v1beta");
  private static final String VERSION = "v1beta";
  private static final String PATH = "models/";
  private static final int PAGE_SIZE = 1000;

  /** What it says of a key that it does not know, with a status as for a broken request. */
  private static final String BAD_KEY = "API_KEY_INVALID";

  /** What it says of an account without billing, or in a country that it does not serve. */
  private static final String BAD_ACCOUNT = "FAILED_PRECONDITION";

  static Worker worker(BackendSettings settings, HealthCheckSettings healthCheck) {
    return new ProviderWorker(
        new GeminiApi(), HOME, ApiKey.in("x-goog-api-key", settings), settings, healthCheck);
  }

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public String product() {
    return "Gemini";
  }

  @Override
  public Set<Feature> features() {
    return EnumSet.complementOf(EnumSet.of(Feature.IMAGE_LINKS, Feature.SEVERAL_ANSWERS));
  }

  @Override
  public Continuation continuation() {
    return Continuation.LAST_MESSAGE;
  }

  @Override
  public boolean continuesPrefix(String model) {
    return GeminiModel.of(model).continuesPrefix();
  }

  /** The model's name is one segment of the path, whatever stands in it. */
  @Override
  public HttpUrl completions(HttpUrl base, String model) {
    String name = model.startsWith(PATH) ? model.substring(PATH.length()) : model;
    return ServerAddress.versioned(base, VERSION, "models")
        .newBuilder()
        .addPathSegment(name + ":streamGenerateContent")
        .addQueryParameter("alt", "sse")
        .build();
  }

  @Override
  public ObjectNode call(CompletionRequest request) throws UnsupportedRequestException {
    return GeminiRequest.of(request);
  }

  @Override
  public AnswerParser parser(ServerName server, String model) {
    return new EventAnswer(
        new GeminiEvents(model, error -> failure(server, Refusal.inStream(error))));
  }

  @Override
  public Completion.Failed failure(ServerName server, Refusal refusal) {
    boolean badKey = BAD_KEY.equals(refusal.error().code());
    if (badKey || (refusal.status() == 400 && BAD_ACCOUNT.equals(refusal.error().type()))) {
      return Completion.failed(
          Fault.CREDENTIALS,
          badKey ? BAD_KEY : FailureCodes.BACKEND_ERROR,
          refusal.sentence(server)
              + (badKey ? " – check the backend's api-key" : " – check its account"));
    }
    return refusal.failure(server);
  }

  @Override
  public HttpUrl models(HttpUrl base, @Nullable String after) {
    HttpUrl.Builder url =
        ServerAddress.versioned(base, VERSION, "models")
            .newBuilder()
            .addQueryParameter("pageSize", String.valueOf(PAGE_SIZE));
    if (after != null) {
      url.addQueryParameter("pageToken", after);
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
      if (name != null && chats(entry)) {
        models.add(name.startsWith(PATH) ? name.substring(PATH.length()) : name);
      }
    }
    String next = Json.text(body, "nextPageToken");
    return new ModelPage(models, next == null || next.isEmpty() ? null : next);
  }

  private static boolean chats(JsonNode entry) {
    JsonNode methods = entry.path("supportedGenerationMethods");
    return !methods.isArray()
        || methods.values().stream()
            .anyMatch(method -> method.stringValue("").equals("generateContent"));
  }
}
