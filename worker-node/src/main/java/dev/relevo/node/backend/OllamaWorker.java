package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.HealthCheckSettings;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.node.backend.WorkerInfo.Continuation;
import dev.relevo.node.backend.WorkerInfo.Feature;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.Set;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Ollama through its native API: the compatible one drops fields, changes defaults and ends broken
 * answers as if they were whole.
 *
 * <p>It continues a prefix unless {@code continue-prefix} is {@code false}: an assistant message at
 * the end is left open by the templates in use.
 */
final class OllamaWorker implements Worker {
  static final String TYPE = "ollama";

  static final URI LOCAL = URI.create("http://localhost:11434");
  private static final String LATEST = ":latest";

  private static final Set<Feature> FEATURES =
      EnumSet.complementOf(EnumSet.of(Feature.IMAGE_LINKS, Feature.SEVERAL_ANSWERS));

  private final BackendSettings settings;
  private final PrefixMemory prefixes;
  private final ServerName server;
  private final ModelNames names;
  private final HttpBackend http;
  private final HttpUrl chat;
  private final HttpUrl version;
  private final HttpUrl tags;
  private final HttpUrl loaded;
  private final OllamaModels abilities;
  private volatile List<String> models;

  OllamaWorker(BackendSettings settings, HealthCheckSettings healthCheck) {
    URI address = settings.baseUrl() == null ? LOCAL : settings.baseUrl();
    HttpUrl base = ServerAddress.of(address, settings.name());
    this.settings = settings;
    this.prefixes = new PrefixMemory(settings.capabilities().continuePrefix());
    this.server = ServerName.of(settings, "Ollama", address);
    this.names = new ModelNames(settings.name(), settings.models());
    this.http = new HttpBackend(server, settings, healthCheck, ApiKey.bearer(settings));
    this.chat = ServerAddress.below(base, "api/chat");
    this.version = ServerAddress.below(base, "api/version");
    this.tags = ServerAddress.below(base, "api/tags");
    this.loaded = ServerAddress.below(base, "api/ps");
    this.abilities = new OllamaModels(http, ServerAddress.below(base, "api/show"));
    this.models = names.unasked();
  }

  @Override
  public WorkerInfo info() {
    return new WorkerInfo(
        settings.name(),
        TYPE,
        models,
        new WorkerInfo.Capabilities(
            prefixes.allows(true) ? Continuation.LAST_MESSAGE : Continuation.NONE, FEATURES),
        settings.weight());
  }

  @Override
  public boolean continuesPrefix(String model) {
    return prefixes.continues(model, true);
  }

  @Override
  public int priority() {
    return settings.priority();
  }

  @Override
  public WorkerHealth healthCheck() throws InterruptedException {
    return switch (http.get(version)) {
      case HttpBackend.Reply.Silent silent -> WorkerHealth.unavailable(silent.reason());
      case HttpBackend.Reply.Answered answered when answered.status() != 200 ->
          WorkerHealth.unavailable(refused(answered));
      case HttpBackend.Reply.Answered answered when Json.object(answered.body()) == null ->
          WorkerHealth.unavailable(server + " is no Ollama: check base-url");
      case HttpBackend.Reply.Answered _ -> askForModels();
    };
  }

  @Override
  public Completion streamCompletion(CompletionRequest request, DeltaSink sink)
      throws InterruptedException {
    String cancelled = request.cancellation().reason();
    if (cancelled != null) {
      return new Completion.Cancelled(cancelled);
    }
    Set<Feature> can = EnumSet.copyOf(FEATURES);
    can.removeAll(abilities.lacks(request.model(), request.body()));
    Completion.Failed unsupported = Unsupported.by(can, request.body(), server);
    if (unsupported != null) {
      return unsupported;
    }
    byte[] body;
    try {
      body = Json.bytes(OllamaRequest.of(request));
    } catch (UnsupportedRequestException e) {
      return Unsupported.failure(server, String.valueOf(e.getMessage()));
    }
    return http.stream(chat, body, request, new Dialect(request), sink);
  }

  @Override
  public void close() {
    http.close();
  }

  private WorkerHealth askForModels() throws InterruptedException {
    return switch (http.get(tags)) {
      case HttpBackend.Reply.Silent silent -> WorkerHealth.unavailable(silent.reason());
      case HttpBackend.Reply.Answered answered when answered.status() != 200 ->
          WorkerHealth.unavailable(refused(answered));
      case HttpBackend.Reply.Answered answered -> offer(installed(answered.body()));
    };
  }

  private WorkerHealth offer(SequencedSet<String> installed) {
    List<String> offered = new ArrayList<>(names.resolve(installed));
    List<String> missing = new ArrayList<>(names.exact());
    missing.removeAll(installed);
    offered.removeAll(missing);
    models = List.copyOf(offered);
    abilities.forget();
    if (!offered.isEmpty()) {
      return WorkerHealth.AVAILABLE;
    }
    return WorkerHealth.unavailable(
        missing.isEmpty()
            ? server + " has no model that is asked for: run `ollama pull` with a model's name"
            : withoutModel(missing.getFirst()));
  }

  /** A model with the tag {@code latest} is also found under its name alone. */
  private static SequencedSet<String> installed(String body) {
    SequencedSet<String> installed = new LinkedHashSet<>();
    JsonNode list = Json.node(body);
    if (list == null) {
      return installed;
    }
    for (JsonNode model : list.path("models").values()) {
      String name = Json.text(model, "name");
      if (name == null) {
        name = Json.text(model, "model");
      }
      if (name != null && name.endsWith(LATEST)) {
        installed.add(name.substring(0, name.length() - LATEST.length()));
      }
      if (name != null) {
        installed.add(name);
      }
    }
    return installed;
  }

  private String refused(HttpBackend.Reply.Answered answered) {
    return new Refusal(answered.status(), ServerError.parse(answered.body()), null)
        .sentence(server);
  }

  private String withoutModel(String model) {
    return server
        + " has no model '"
        + model
        + "': run `ollama pull "
        + model
        + "` on its machine, or take the model out of this backend's models";
  }

  private final class Dialect implements HttpBackend.Dialect {
    private final CompletionRequest request;

    Dialect(CompletionRequest request) {
      this.request = request;
    }

    @Override
    public AnswerParser parser() {
      AnswerParser answer = new OllamaAnswer(server, request.model());
      @Nullable String prefix = request.prefix();
      return prefix == null
          ? answer
          : new ContinuedAnswer(answer, new PrefixSeam(prefix, /* mayEcho= */ false));
    }

    @Override
    public Patience.Preparation preparation() {
      return new OllamaLoad(http, loaded, request.model());
    }

    @Override
    public Completion.Failed failure(Refusal refusal) {
      if (request.prefix() != null && refusal.ofPrefix()) {
        prefixes.refusedBy(request.model());
        return PrefixRefused.failure(server, refusal);
      }
      String words = refusal.error().message();
      if (refusal.status() == 400 && words.contains("does not support")) {
        return Unsupported.failure(server, "refused the request: " + words);
      }
      if (refusal.status() == 404 && words.startsWith("model ") && words.contains("not found")) {
        // Another node may have it: this one was chosen by what it had a moment ago.
        return Completion.failed(
            Fault.MODEL_MISSING, FailureCodes.BACKEND_ERROR, withoutModel(request.model()));
      }
      return refusal.failure(server);
    }
  }
}
