package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.HealthCheckSettings;
import dev.relevo.common.config.TimeoutSettings;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Any server with OpenAI's chat-completions API: OpenAI itself, vLLM, llama-server, LM Studio,
 * Together, Mistral, DeepSeek and others. Requests are forwarded as they are.
 *
 * <p>Which server it is shows its address or its list of models. With {@code continue-prefix: auto}
 * vLLM and llama-server continue prefixes, others do not; with {@code true} others are given the
 * beginning as their last message, Mistral and DeepSeek with their own mark on it.
 */
final class OpenAiWorker implements Worker {
  static final String TYPE = "openai";

  private static final URI OPENAI = URI.create("https://api.openai.com/v1");
  private static final int PINGS_PER_TIMEOUT = 3;

  private final BackendSettings settings;
  private final ServerName server;
  private final ModelNames names;
  private final OpenAiAddress address;
  private final HttpBackend http;
  private final long pingSeconds;
  private volatile List<String> models;
  private volatile ServerKind kind;
  private volatile boolean prefixRefused;

  OpenAiWorker(BackendSettings settings, HealthCheckSettings healthCheck) {
    URI base = settings.baseUrl() == null ? OPENAI : settings.baseUrl();
    this.settings = settings;
    this.server = ServerName.of(settings, "OpenAI-compatible server", base);
    this.names = new ModelNames(settings.name(), settings.models());
    this.address = new OpenAiAddress(ServerAddress.of(base, settings.name()));
    this.http = new HttpBackend(server, settings, healthCheck, ApiKey.bearer(settings));
    this.pingSeconds = pingSeconds(settings.timeouts());
    this.models = names.unasked();
    this.kind = ServerKind.of(address.models());
  }

  @Override
  public WorkerInfo info() {
    return new WorkerInfo(
        settings.name(),
        TYPE,
        models,
        new WorkerInfo.Capabilities(continuesPrefix()),
        settings.weight());
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
    ServerKind asked = kind;
    byte[] body = Json.bytes(OpenAiRequest.of(request, asked, pingSeconds));
    return http.stream(address.completions(), body, request, new Dialect(request, asked), sink);
  }

  @Override
  public void close() {
    http.close();
  }

  private boolean continuesPrefix() {
    return !prefixRefused
        && switch (settings.capabilities().continuePrefix()) {
          case AUTO -> kind.continuesPrefix();
          case TRUE -> true;
          case FALSE -> false;
        };
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
      if (id != null) {
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

  /** These two list their models also while they load one or when their engine has died. */
  private WorkerHealth askForHealth() throws InterruptedException {
    return switch (http.get(address.health())) {
      case HttpBackend.Reply.Silent silent -> WorkerHealth.unavailable(silent.reason());
      case HttpBackend.Reply.Answered answered when answered.status() >= 500 ->
          WorkerHealth.unavailable(refused(answered));
      // A proxy before the server may know no such address.
      case HttpBackend.Reply.Answered _ -> WorkerHealth.AVAILABLE;
    };
  }

  private String refused(HttpBackend.Reply.Answered answered) {
    return new Refusal(answered.status(), ServerError.parse(answered.body()), null)
        .sentence(server);
  }

  private static long pingSeconds(TimeoutSettings timeouts) {
    long silence = Math.min(timeouts.idle().toSeconds(), timeouts.firstToken().toSeconds());
    return Math.max(1, silence / PINGS_PER_TIMEOUT);
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
        prefixRefused = true;
        return PrefixRefused.failure(server, refusal);
      }
      return refusal.failure(server);
    }
  }
}
