package dev.relevo.node.backend;

import dev.relevo.node.backend.HttpBackend.Reply;
import java.time.Duration;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Whether an Ollama still loads the model of one call. A model that is not in {@code /api/ps} is
 * not there yet. One that is may be loading all the same: until it has answered a first request its
 * {@code expires_at} is computed anew for each question, so two questions get two moments. That
 * cannot be told from a first answer that takes long, so it is believed for as long as Ollama
 * itself lets a load take.
 */
final class OllamaLoad implements Patience.Preparation {
  /** The default of {@code OLLAMA_LOAD_TIMEOUT}. */
  static final Duration LONGEST_LOAD = Duration.ofMinutes(5);

  private static final String GONE = "";

  private final HttpBackend http;
  private final HttpUrl loaded;
  private final String model;
  private long listedSinceNanos;
  private boolean listed;

  /**
   * @param loaded where the loaded models are told
   * @param model as it was asked for
   */
  OllamaLoad(HttpBackend http, HttpUrl loaded, String model) {
    this.http = http;
    this.loaded = loaded;
    this.model = model;
  }

  @Override
  public boolean isGoingOn() throws InterruptedException {
    String first = expiry();
    if (first == null) {
      return false;
    }
    if (first.equals(GONE)) {
      listed = false;
      return true;
    }
    long now = System.nanoTime();
    listedSinceNanos = listed ? listedSinceNanos : now;
    listed = true;
    return now - listedSinceNanos < LONGEST_LOAD.toNanos() && !first.equals(expiry());
  }

  /** Until when the model is loaded; {@link #GONE} if it is not, null if Ollama does not tell. */
  private @Nullable String expiry() throws InterruptedException {
    if (!(http.get(loaded) instanceof Reply.Answered answered) || answered.status() != 200) {
      return null;
    }
    JsonNode list = Json.node(answered.body());
    if (list == null || !list.path("models").isArray()) {
      return null;
    }
    for (JsonNode entry : list.path("models").values()) {
      if (isModel(Json.text(entry, "name")) || isModel(Json.text(entry, "model"))) {
        return String.valueOf(Json.text(entry, "expires_at"));
      }
    }
    return GONE;
  }

  private boolean isModel(@Nullable String name) {
    return name != null && (name.equals(model) || name.equals(model + ":latest"));
  }
}
