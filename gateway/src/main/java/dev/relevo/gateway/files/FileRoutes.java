package dev.relevo.gateway.files;

import dev.relevo.gateway.http.CallerGoneException;
import dev.relevo.gateway.http.ErrorShape;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.gateway.http.Right;
import dev.relevo.gateway.http.Route;
import io.helidon.http.Method;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/files}, as OpenAI has it. A caller sees the files of his tenant. */
public final class FileRoutes {
  private static final int MOST_LISTED = 10_000;
  private static final int COPY_BYTES = 16 << 10;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final FileStore store;
  private final Function<String, Optional<String>> user;
  private final Places uploads;
  private final Places downloads;
  private final FileMeters meters;

  /**
   * @param user tells by a file's id which batch still works with it
   */
  public FileRoutes(
      FileStore store, Function<String, Optional<String>> user, MeterRegistry registry) {
    this.store = store;
    this.user = user;
    this.uploads = new Places(store.limits().mostTransfers());
    this.downloads = new Places(store.limits().mostTransfers());
    this.meters = new FileMeters(registry, uploads, downloads);
  }

  /** What can be asked of files. */
  public List<Route> routes() {
    return List.of(
        route(Method.POST, "/v1/files", this::upload),
        route(Method.GET, "/v1/files", this::list),
        route(Method.GET, "/v1/files/{id}", this::get),
        route(Method.GET, "/v1/files/{id}/content", this::content),
        route(Method.DELETE, "/v1/files/{id}", this::delete));
  }

  private static Route route(Method method, String path, Route.Handler handler) {
    return new Route(method, path, Right.CHAT, ErrorShape.OPENAI, KafkaTrouble.told(handler));
  }

  private void upload(Exchange exchange) {
    String tenant = Tenants.of(exchange);
    take(uploads, tenant, "uploads");
    try {
      if (!store.hasRoom()) {
        throw HttpProblem.quotaUsedUp(
            "too_many_files",
            "There are %,d files already, and no more are kept: delete some."
                .formatted(store.limits().mostFiles()));
      }
      StoredFile file = Upload.take(exchange, store, tenant);
      meters.uploaded(file.bytes());
      exchange.json(200, json(file));
    } finally {
      uploads.back(tenant);
    }
  }

  private void list(Exchange exchange) {
    String tenant = Tenants.of(exchange);
    Optional<String> purpose = exchange.query("purpose");
    List<StoredFile> files =
        store.list(file ->
            file.tenant().equals(tenant) && purpose.map(file.purpose()::equals).orElse(true));
    List<StoredFile> ordered =
        switch (exchange.query("order").orElse("desc")) {
          case "desc" -> files;
          case "asc" -> files.reversed();
          default ->
              throw HttpProblem.badRequest("invalid_value", "order is asc or desc.").about("order");
        };
    exchange.json(
        200,
        Page.of(exchange, ordered, StoredFile::id, FileRoutes::json, MOST_LISTED, MOST_LISTED));
  }

  private void get(Exchange exchange) {
    exchange.json(200, json(find(exchange)));
  }

  private void content(Exchange exchange) throws IOException {
    StoredFile file = find(exchange);
    String tenant = file.tenant();
    take(downloads, tenant, "downloads");
    try (InputStream in = store.open(file)) {
      // What cannot be read at all is told as an error, before the answer begins.
      byte[] first = in.readNBytes(1);
      exchange.answerHeader("Content-Length", Long.toString(file.bytes()));
      exchange.answerHeader("Content-Disposition", disposition(file.filename()));
      try (OutputStream out = exchange.stream(200, "application/octet-stream")) {
        out.write(first);
        meters.downloaded(first.length);
        copy(in, out);
      }
    } finally {
      downloads.back(tenant);
    }
  }

  private void copy(InputStream in, OutputStream out) throws IOException {
    LeastPace pace = store.limits().pace();
    byte[] buffer = new byte[COPY_BYTES];
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      long beganNanos = System.nanoTime();
      out.write(buffer, 0, count);
      pace.passed(count, System.nanoTime() - beganNanos);
      meters.downloaded(count);
      if (pace.isTooSlow()) {
        throw new CallerGoneException(
            "it reads less than %,d bytes a second"
                .formatted(store.limits().leastBytesPerSecond()));
      }
    }
  }

  private void delete(Exchange exchange) {
    StoredFile file = find(exchange);
    user.apply(file.id())
        .ifPresent(batch -> {
          throw HttpProblem.of(
                  409,
                  "file_in_use",
                  "The batch %s works with this file: cancel it first, or wait for its end."
                      .formatted(batch))
              .notToBeRetried();
        });
    store.delete(file);
    ObjectNode gone = JsonMapper.shared().createObjectNode();
    exchange.json(200, gone.put("id", file.id()).put("object", "file").put("deleted", true));
  }

  private StoredFile find(Exchange exchange) {
    String id = exchange.pathParameter("id");
    String tenant = Tenants.of(exchange);
    return store
        .find(id)
        .filter(file -> file.tenant().equals(tenant))
        .orElseThrow(
            () -> HttpProblem.notFound(null, "There is no file '%s'.".formatted(id)).about("id"));
  }

  private static void take(Places places, String tenant, String what) {
    String why =
        switch (places.take(tenant)) {
          case GIVEN -> null;
          case SHARE_TAKEN -> "As many %s of this tenant are under way as it may have at a time.";
          case ALL_TAKEN -> "As many %s are under way as this gateway serves at a time.";
        };
    if (why != null) {
      throw HttpProblem.of(429, "rate_limit_exceeded", why.formatted(what)).retryAfter(RETRY_AFTER);
    }
  }

  /** Quotes would end the plain name; the second form has every name whole (RFC 6266). */
  private static String disposition(String filename) {
    String plain = filename.replaceAll("[^A-Za-z0-9._ -]", "_");
    String whole = URLEncoder.encode(filename, StandardCharsets.UTF_8).replace("+", "%20");
    return "attachment; filename=\"%s\"; filename*=UTF-8''%s".formatted(plain, whole);
  }

  static ObjectNode json(StoredFile file) {
    return JsonMapper.shared()
        .createObjectNode()
        .put("id", file.id())
        .put("object", "file")
        .put("bytes", file.bytes())
        .put("created_at", file.createdAtMs() / 1_000)
        .put("expires_at", file.expiresAtMs() / 1_000)
        .put("filename", file.filename())
        .put("purpose", file.purpose())
        .put("status", "processed")
        .putNull("status_details");
  }
}
