package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.HealthCheckSettings;
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

/**
 * Any server with OpenAI's chat-completions API: OpenAI itself, vLLM, llama-server, LM Studio,
 * Together, Mistral, DeepSeek and others; and Groq, which is a type of its own. Requests are
 * forwarded nearly as they are.
 *
 * <p>Which server it is shows its address or its list of models. With {@code continue-prefix: auto}
 * those continue prefixes that are known to, others do not; with {@code true} others are given the
 * beginning as their last message.
 */
final class OpenAiWorker implements Worker {
  static final String TYPE = "openai";
  static final String GROQ_TYPE = "groq";

  static final Product ANY =
      new Product(
          TYPE,
          "OpenAI-compatible server",
          URI.create("https://api.openai.com/v1"),
          EnumSet.allOf(Feature.class));
  static final Product GROQ =
      new Product(
          GROQ_TYPE,
          "Groq",
          URI.create("https://api.groq.com/openai/v1"),
          EnumSet.complementOf(EnumSet.of(Feature.SEVERAL_ANSWERS)));

  /** What the types that speak this protocol differ in. */
  record Product(String type, String name, URI address, Set<Feature> features) {}

  private final Product product;
  private final BackendSettings settings;
  private final PrefixMemory prefixes;
  private final ServerName server;
  private final ModelNames names;
  private final OpenAiAddress address;
  private final HttpBackend http;
  private volatile List<String> models;
  private volatile ServerKind kind;
  private volatile Set<Feature> features;

  private OpenAiWorker(Product product, BackendSettings settings, HealthCheckSettings healthCheck) {
    URI base = settings.baseUrl() == null ? product.address() : settings.baseUrl();
    this.product = product;
    this.features = product.features();
    this.settings = settings;
    this.prefixes = new PrefixMemory(settings.capabilities().continuePrefix());
    this.server = ServerName.of(settings, product.name(), base);
    this.names = new ModelNames(settings.name(), settings.models());
    this.address = new OpenAiAddress(ServerAddress.of(base, settings.name()));
    this.http = new HttpBackend(server, settings, healthCheck, ApiKey.bearer(settings));
    this.models = names.unasked();
    this.kind =
        product.type().equals(GROQ_TYPE) ? ServerKind.GROQ : ServerKind.of(address.models());
  }

  /** For any compatible server. */
  static OpenAiWorker any(BackendSettings settings, HealthCheckSettings healthCheck) {
    return new OpenAiWorker(ANY, settings, healthCheck);
  }

  /** For Groq, also behind an address that is not its own. */
  static OpenAiWorker groq(BackendSettings settings, HealthCheckSettings healthCheck) {
    return new OpenAiWorker(GROQ, settings, healthCheck);
  }

  @Override
  public WorkerInfo info() {
    return new WorkerInfo(
        settings.name(),
        product.type(),
        models,
        new WorkerInfo.Capabilities(continuation(), features),
        settings.weight());
  }

  @Override
  public boolean continuesPrefix(String model) {
    return prefixes.continues(model, kind.continuation() != Continuation.NONE);
  }

  @Override
  public int priority() {
    return settings.priority();
  }

  @Override
  public WorkerHealth healthCheck() throws InterruptedException {
    return switch (http.get(address.models())) {
      case HttpBackend.Reply.Silent silent -> WorkerHealth.unavailable(silent.reason());
      case HttpBackend.Reply.Answered answered when answered.status() == 200 ->
          read(answered.body());
      case HttpBackend.Reply.Answered answered when listsNone(answered.status()) ->
          WorkerHealth.AVAILABLE;
      case HttpBackend.Reply.Answered answered -> WorkerHealth.unavailable(refused(answered));
    };
  }

  @Override
  public Completion streamCompletion(CompletionRequest request, DeltaSink sink)
      throws InterruptedException {
    String cancelled = request.cancellation().reason();
    if (cancelled != null) {
      return new Completion.Cancelled(cancelled);
    }
    Completion.Failed unsupported = Unsupported.by(features, request.body(), server);
    if (unsupported != null) {
      return unsupported;
    }
    ServerKind asked = kind;
    byte[] body = Json.bytes(OpenAiRequest.of(request, asked));
    boolean beta = asked == ServerKind.DEEPSEEK && request.prefix() != null;
    HttpUrl url = beta ? address.betaCompletions() : address.completions();
    return http.stream(url, body, request, new Dialect(request, asked), sink);
  }

  @Override
  public void close() {
    http.close();
  }

  private Continuation continuation() {
    Continuation known = kind.continuation();
    if (!prefixes.allows(known != Continuation.NONE)) {
      return Continuation.NONE;
    }
    return known == Continuation.NONE ? Continuation.LAST_MESSAGE : known;
  }

  /** A server without a list is not unwell if we need none. */
  private boolean listsNone(int status) {
    return (status == 404 || status == 405 || status == 501) && !names.unasked().isEmpty();
  }

  private WorkerHealth read(String body) throws InterruptedException {
    JsonNode list = Json.node(body);
    // Together answers with the bare list.
    JsonNode entries = list == null || list.isArray() ? list : Json.present(list, "data");
    if (list == null || entries == null || !entries.isArray()) {
      return WorkerHealth.unavailable(server + " gives no list of models: check base-url");
    }
    kind = kind.refined(list);
    List<String> served = new ArrayList<>();
    for (JsonNode entry : entries.values()) {
      String id = Json.text(entry, "id");
      if (id != null && chats(entry)) {
        served.add(id);
      }
    }
    models = names.resolve(served);
    if (models.isEmpty()) {
      return WorkerHealth.unavailable(
          server + " has none of the models asked for: load one, or name others in models");
    }
    return kind == ServerKind.VLLM || kind == ServerKind.LLAMA_CPP
        ? askForHealth()
        : WorkerHealth.AVAILABLE;
  }

  /** Groq lists also what it has withdrawn, Mistral what only makes vectors. */
  private static boolean chats(JsonNode entry) {
    return entry.path("active").asBoolean(true)
        && entry.path("capabilities").path(ServerKind.MISTRALS_CHAT).asBoolean(true);
  }

  /** These two list their models also while they load one or when their engine has died. */
  private WorkerHealth askForHealth() throws InterruptedException {
    return switch (http.get(address.health())) {
      case HttpBackend.Reply.Silent silent -> WorkerHealth.unavailable(silent.reason());
      case HttpBackend.Reply.Answered answered when answered.status() >= 500 ->
          WorkerHealth.unavailable(refused(answered));
      // A proxy before the server may know no such address.
      case HttpBackend.Reply.Answered _ -> askForLoad();
    };
  }

  private WorkerHealth askForLoad() throws InterruptedException {
    if (kind == ServerKind.VLLM) {
      return ServerLoad.ofMetrics(server, http.get(address.metrics()));
    }
    Set<Feature> can = EnumSet.copyOf(product.features());
    can.removeAll(ServerLoad.lacking(http.get(address.properties())));
    features = Set.copyOf(can);
    return ServerLoad.ofSlots(server, http.get(address.freeSlot()));
  }

  private String refused(HttpBackend.Reply.Answered answered) {
    return new Refusal(answered.status(), ServerError.parse(answered.body()), null)
        .sentence(server);
  }

  private final class Dialect implements HttpBackend.Dialect {
    private final CompletionRequest request;
    private final ServerKind asked;

    Dialect(CompletionRequest request, ServerKind asked) {
      this.request = request;
      this.asked = asked;
    }

    @Override
    public AnswerParser parser() {
      AnswerParser answer = new OpenAiAnswer(new OpenAiChunks(server, request.model()));
      @Nullable String prefix = request.prefix();
      return prefix == null
          ? answer
          : new ContinuedAnswer(answer, new PrefixSeam(prefix, asked.mayEcho()));
    }

    @Override
    public Completion.Failed failure(Refusal refusal) {
      if (request.prefix() != null && refusal.ofPrefix()) {
        prefixes.refusedBy(request.model());
        return PrefixRefused.failure(server, refusal);
      }
      return refusal.failure(server);
    }
  }
}
