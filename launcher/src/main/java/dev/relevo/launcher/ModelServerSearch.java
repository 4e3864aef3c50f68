package dev.relevo.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Looks for model servers where they usually listen, all at the same time. */
final class ModelServerSearch {
  /** A list of models is small; whatever sends more is something else. */
  private static final int MOST_BYTES = 1 << 20;

  private static final Duration BOUND = Duration.ofMillis(1_500);
  private static final Logger LOG = LoggerFactory.getLogger(ModelServerSearch.class);

  /**
   * Somewhere to look.
   *
   * @param product as people call it
   * @param name what its backend would be called
   * @param type the adapter that would speak to it
   * @param baseUrl where it would be
   */
  record Place(String product, String name, String type, URI baseUrl) {
    static Place ollama(String address) {
      return new Place("Ollama", "ollama", "ollama", URI.create(address));
    }

    static Place openAi(String product, String name, String address) {
      return new Place(product, name, "openai", URI.create(address + "/v1"));
    }

    private boolean isOllama() {
      return type.equals("ollama");
    }

    private URI list() {
      return URI.create(baseUrl + (isOllama() ? "/api/tags" : "/models"));
    }

    private String listField() {
      return isOllama() ? "models" : "data";
    }

    private String nameField() {
      return isOllama() ? "name" : "id";
    }
  }

  private static final List<Place> USUAL =
      List.of(
          Place.ollama("http://127.0.0.1:11434"),
          Place.openAi("llama-server", "llama-server", "http://127.0.0.1:8080"),
          Place.openAi("vLLM", "vllm", "http://127.0.0.1:8000"),
          Place.openAi("LM Studio", "lm-studio", "http://127.0.0.1:1234"));

  private final List<Place> places;
  private final Duration bound;

  ModelServerSearch() {
    this(USUAL, BOUND);
  }

  /**
   * @param bound the longest wait for any one of them
   */
  ModelServerSearch(List<Place> places, Duration bound) {
    this.places = places;
    this.bound = bound;
  }

  /** Those that answer like a model server within the bound, in the order of the places. */
  List<ModelServer> run() {
    List<CompletableFuture<Optional<ModelServer>>> asked = new ArrayList<>();
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    for (Place place : places) {
      asked.add(
          CompletableFuture.supplyAsync(() -> ask(place), threads)
              .completeOnTimeout(Optional.empty(), bound.toMillis(), TimeUnit.MILLISECONDS));
    }
    List<ModelServer> found = asked.stream().flatMap(each -> each.join().stream()).toList();
    threads.shutdownNow();
    return found;
  }

  private Optional<ModelServer> ask(Place place) {
    try {
      HttpURLConnection connection = (HttpURLConnection) place.list().toURL().openConnection();
      connection.setConnectTimeout((int) bound.toMillis());
      connection.setReadTimeout((int) bound.toMillis());
      connection.setInstanceFollowRedirects(false);
      connection.setRequestProperty("Accept", "application/json");
      try (InputStream body = connection.getInputStream()) {
        return models(place, body.readNBytes(MOST_BYTES))
            .map(names ->
                new ModelServer(
                    place.product(), place.name(), place.type(), place.baseUrl(), names));
      } finally {
        connection.disconnect();
      }
    } catch (IOException | JacksonException e) {
      // Nobody there, or somebody else.
      LOG.debug("No {} at {}: {}", place.product(), place.baseUrl(), e.toString());
      return Optional.empty();
    }
  }

  /** The names of its models; empty when the answer is not that of a model server. */
  private static Optional<List<String>> models(Place place, byte[] body) {
    JsonNode list = JsonMapper.shared().readTree(body).path(place.listField());
    if (!list.isArray()) {
      return Optional.empty();
    }
    List<String> names = new ArrayList<>();
    for (JsonNode model : list) {
      JsonNode name = model.path(place.nameField());
      if (!name.isString()) {
        return Optional.empty();
      }
      names.add(name.stringValue());
    }
    return Optional.of(names);
  }
}
