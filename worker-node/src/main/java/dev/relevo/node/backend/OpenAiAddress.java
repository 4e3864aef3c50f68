package dev.relevo.node.backend;

import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/**
 * The addresses of a compatible server. People write its base URL with the version at the end, as
 * OpenAI's own clients want it, or without; {@code /v1} is added where no version stands.
 */
final class OpenAiAddress {
  private static final Pattern VERSION = Pattern.compile("v\\d\\w*|beta");
  private static final String COMPLETIONS = "/chat/completions";

  private final HttpUrl api;
  private final HttpUrl host;

  OpenAiAddress(HttpUrl base) {
    HttpUrl given = withoutCall(base);
    boolean versioned =
        given.pathSegments().stream().anyMatch(segment -> VERSION.matcher(segment).matches());
    this.api = versioned ? given : ServerAddress.below(given, "v1");
    this.host = versioned ? withoutVersion(given) : given;
  }

  HttpUrl completions() {
    return ServerAddress.below(api, "chat/completions");
  }

  /** Where DeepSeek continues answers; elsewhere it would begin another one. */
  HttpUrl betaCompletions() {
    return ServerAddress.below(host, "beta/chat/completions");
  }

  HttpUrl models() {
    return ServerAddress.below(api, "models");
  }

  /** Where vLLM and llama-server tell whether they work; beside the version, not below it. */
  HttpUrl health() {
    return ServerAddress.below(host, "health");
  }

  /** Where llama-server tells whether it has a free slot: by failing if it has none. */
  HttpUrl freeSlot() {
    return ServerAddress.below(host, "slots")
        .newBuilder()
        .addQueryParameter("fail_on_no_slot", "1")
        .build();
  }

  /** Where llama-server tells what it is. */
  HttpUrl properties() {
    return ServerAddress.below(host, "props");
  }

  /** Where vLLM tells its numbers. */
  HttpUrl metrics() {
    return ServerAddress.below(host, "metrics");
  }

  private static HttpUrl withoutCall(HttpUrl base) {
    String path = base.encodedPath();
    return path.endsWith(COMPLETIONS)
        ? base.newBuilder()
            .encodedPath("/" + path.substring(0, path.length() - COMPLETIONS.length()).substring(1))
            .build()
        : base;
  }

  private static HttpUrl withoutVersion(HttpUrl given) {
    HttpUrl.Builder host = given.newBuilder();
    for (int i = given.pathSize() - 1; i >= 0; i--) {
      boolean version = VERSION.matcher(given.pathSegments().get(i)).matches();
      host.removePathSegment(i);
      if (version) {
        break;
      }
    }
    return host.build();
  }
}
