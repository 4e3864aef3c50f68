package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.HealthCheckSettings;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.node.backend.WorkerInfo.Continuation;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A provider with an API of its own. It is well when it lists its models, which also shows that the
 * key is good.
 */
final class ProviderWorker implements Worker {
  /** Pages of a list that are read, of up to a thousand models each: more are not offered. */
  static final int MAX_PAGES = 3;

  private final ProviderApi api;
  private final BackendSettings settings;
  private final PrefixMemory prefixes;
  private final HttpUrl base;
  private final ServerName server;
  private final ModelNames names;
  private final HttpBackend http;
  private volatile List<String> models;

  /**
   * @param home the provider's own address
   * @param headers what each request carries
   */
  ProviderWorker(
      ProviderApi api,
      URI home,
      Headers headers,
      BackendSettings settings,
      HealthCheckSettings healthCheck) {
    URI address = settings.baseUrl() == null ? home : settings.baseUrl();
    this.api = api;
    this.settings = settings;
    this.prefixes = new PrefixMemory(settings.capabilities().continuePrefix());
    this.base = ServerAddress.of(address, settings.name());
    this.server = ServerName.of(settings, api.product(), address);
    this.names = new ModelNames(settings.name(), settings.models());
    this.http = new HttpBackend(server, settings, healthCheck, headers);
    this.models = names.unasked();
  }

  @Override
  public WorkerInfo info() {
    return new WorkerInfo(
        settings.name(),
        api.type(),
        models,
        new WorkerInfo.Capabilities(continuation(), api.features()),
        settings.weight());
  }

  @Override
  public boolean continuesPrefix(String model) {
    return prefixes.continues(model, api.continuesPrefix(model));
  }

  @Override
  public int priority() {
    return settings.priority();
  }

  @Override
  public WorkerHealth healthCheck() throws InterruptedException {
    List<String> served = new ArrayList<>();
    @Nullable String next = null;
    for (int page = 0; page < MAX_PAGES; page++) {
      switch (http.get(api.models(base, next))) {
        case HttpBackend.Reply.Silent silent -> {
          return WorkerHealth.unavailable(silent.reason());
        }
        case HttpBackend.Reply.Answered answered when answered.status() != 200 -> {
          return WorkerHealth.unavailable(refused(answered));
        }
        case HttpBackend.Reply.Answered answered -> {
          JsonNode body = Json.node(answered.body());
          ProviderApi.@Nullable ModelPage listed = body == null ? null : api.page(body);
          if (listed == null) {
            return WorkerHealth.unavailable(server + " gives no list of models: check base-url");
          }
          served.addAll(listed.models());
          next = listed.next();
        }
      }
      if (next == null) {
        break;
      }
    }
    models = names.resolve(served);
    return models.isEmpty()
        ? WorkerHealth.unavailable(
            server + " has none of the models asked for: name others in models")
        : WorkerHealth.AVAILABLE;
  }

  @Override
  public Completion streamCompletion(CompletionRequest request, DeltaSink sink)
      throws InterruptedException {
    String cancelled = request.cancellation().reason();
    if (cancelled != null) {
      return new Completion.Cancelled(cancelled);
    }
    byte[] body;
    try {
      body = Json.bytes(api.call(request));
    } catch (UnsupportedRequestException e) {
      return Completion.failed(
          Fault.UNSUPPORTED, FailureCodes.INVALID_REQUEST, server + " " + e.getMessage());
    }
    HttpUrl url = api.completions(base, request.model());
    return http.stream(url, body, request, new Dialect(request), sink);
  }

  @Override
  public void close() {
    http.close();
  }

  private Continuation continuation() {
    Continuation known = api.continuation();
    if (!prefixes.allows(known != Continuation.NONE)) {
      return Continuation.NONE;
    }
    return known == Continuation.NONE ? Continuation.LAST_MESSAGE : known;
  }

  private String refused(HttpBackend.Reply.Answered answered) {
    Refusal refusal = new Refusal(answered.status(), ServerError.parse(answered.body()), null);
    return api.failure(server, refusal).failure().message();
  }

  private final class Dialect implements HttpBackend.Dialect {
    private final CompletionRequest request;

    Dialect(CompletionRequest request) {
      this.request = request;
    }

    @Override
    public AnswerParser parser() {
      AnswerParser answer = api.parser(server, request.model());
      @Nullable String prefix = request.prefix();
      return prefix == null
          ? answer
          : new ContinuedAnswer(answer, new PrefixSeam(prefix, /* mayEcho= */ true));
    }

    @Override
    public Completion.Failed failure(Refusal refusal) {
      if (request.prefix() != null && refusal.ofPrefix()) {
        prefixes.refusedBy(request.model());
        return PrefixRefused.failure(server, refusal);
      }
      return api.failure(server, refusal);
    }
  }
}
