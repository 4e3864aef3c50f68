package dev.relevo.node.backend;

import dev.relevo.node.backend.HttpBackend.Reply;
import dev.relevo.node.backend.WorkerInfo.Feature;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import okhttp3.HttpUrl;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the models of an Ollama cannot do, as it tells by {@code /api/show}. A model is asked about
 * when a request first wants something that not all can do. Thread-safe.
 */
final class OllamaModels {
  private static final Set<Feature> OF_MODELS = EnumSet.of(Feature.TOOLS, Feature.IMAGES);
  private static final Map<String, Feature> NAMES =
      Map.of("tools", Feature.TOOLS, "vision", Feature.IMAGES);

  /** Beyond it everything is forgotten; more models than a backend may offer. */
  private static final int MAX_KNOWN = 2 * ModelNames.MAX_OFFERED;

  private final HttpBackend http;
  private final HttpUrl show;
  private final Map<String, Set<Feature>> known = new ConcurrentHashMap<>();

  OllamaModels(HttpBackend http, HttpUrl show) {
    this.http = http;
    this.show = show;
  }

  /** What of the request's wishes the model cannot do; nothing where Ollama does not tell. */
  Set<Feature> lacks(String model, ObjectNode body) throws InterruptedException {
    Set<Feature> asked = Wishes.of(body);
    asked.retainAll(OF_MODELS);
    if (asked.isEmpty()) {
      return Set.of();
    }
    Set<Feature> lacks = known.get(model);
    if (lacks == null) {
      lacks = ask(model);
      if (known.size() >= MAX_KNOWN) {
        known.clear();
      }
      known.put(model, lacks);
    }
    return lacks;
  }

  /** A model may have been replaced by another of its name. */
  void forget() {
    known.clear();
  }

  private Set<Feature> ask(String model) throws InterruptedException {
    byte[] question = Json.bytes(Json.newObject().put("model", model));
    if (!(http.post(show, question) instanceof Reply.Answered answered)
        || answered.status() != 200) {
      return Set.of();
    }
    JsonNode told = Json.node(answered.body());
    JsonNode abilities = told == null ? null : Json.present(told, "capabilities");
    if (abilities == null || !abilities.isArray() || abilities.isEmpty()) {
      return Set.of();
    }
    Set<Feature> lacks = new HashSet<>(OF_MODELS);
    for (JsonNode ability : abilities.values()) {
      Feature can = NAMES.get(ability.stringValue(""));
      if (can != null) {
        lacks.remove(can);
      }
    }
    return Set.copyOf(lacks);
  }
}
