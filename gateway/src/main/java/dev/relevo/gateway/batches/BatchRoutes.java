package dev.relevo.gateway.batches;

import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.gateway.files.FileStore;
import dev.relevo.gateway.files.KafkaTrouble;
import dev.relevo.gateway.files.Page;
import dev.relevo.gateway.files.StoredFile;
import dev.relevo.gateway.files.Tenants;
import dev.relevo.gateway.http.ErrorShape;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.gateway.http.JsonBody;
import dev.relevo.gateway.http.Right;
import dev.relevo.gateway.http.Route;
import io.helidon.http.Method;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /v1/batches}, as OpenAI has it. A caller sees the batches of his tenant. */
final class BatchRoutes {
  private static final Logger LOG = LoggerFactory.getLogger(BatchRoutes.class);
  private static final int MOST_BODY_BYTES = 256 << 10;
  private static final int MOST_LISTED = 100;
  private static final int USUALLY_LISTED = 20;

  /** How long the book may take to have what this gateway has written. */
  private static final Duration BOOK_BOUND = Duration.ofSeconds(10);

  /** Batches of this age are waited for so long, if they are not known. */
  private static final Duration YOUNG = Duration.ofSeconds(30);

  /** Batches that are forgotten with each new one; more than one, as gateways may do it at once. */
  private static final int MOST_FORGOTTEN = 16;

  private static final Duration NEWS_BOUND = Duration.ofSeconds(2);

  private final FileStore files;
  private final BatchBook book;
  private final BatchLog log;
  private final BatchLimits limits;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  BatchRoutes(BatchRun.Tools tools) {
    this.files = tools.files();
    this.book = tools.book();
    this.log = tools.log();
    this.limits = tools.limits();
    this.clock = tools.clock();
  }

  List<Route> routes() {
    return List.of(
        route(Method.POST, "/v1/batches", this::create),
        route(Method.GET, "/v1/batches", this::list),
        route(Method.GET, "/v1/batches/{id}", this::get),
        route(Method.POST, "/v1/batches/{id}/cancel", this::cancel));
  }

  private static Route route(Method method, String path, Route.Handler handler) {
    return new Route(method, path, Right.CHAT, ErrorShape.OPENAI, KafkaTrouble.told(handler));
  }

  private void create(Exchange exchange) throws InterruptedException {
    String tenant = Tenants.of(exchange);
    BatchRequest request = BatchRequest.read(JsonBody.object(exchange.body(MOST_BODY_BYTES)));
    requireFile(request.inputFile(), tenant);
    requireRoom(tenant);
    long nowMs = clock.millis();
    BatchRecord.Created created =
        new BatchRecord.Created(
            tenant,
            request.inputFile(),
            request.endpoint(),
            nowMs,
            nowMs + limits.completionWindow().toMillis(),
            request.metadata(),
            request.outputLife().toMillis());
    String uuid = JobIds.create(nowMs, random);
    append(uuid, created);
    forgetSome();
    exchange.json(200, BatchJson.of(Batch.of(uuid, created)));
  }

  private void requireFile(String id, String tenant) {
    StoredFile file =
        files
            .find(id)
            .filter(found -> found.tenant().equals(tenant))
            .orElseThrow(() ->
                HttpProblem.badRequest(
                        "file_not_found", "There is no file '%s'.".formatted(LineReader.cut(id)))
                    .about("input_file_id"));
    if (!file.purpose().equals("batch")) {
      throw HttpProblem.badRequest(
              "invalid_value",
              "The file '%s' was uploaded for %s, not for batch.".formatted(id, file.purpose()))
          .about("input_file_id");
    }
  }

  private void requireRoom(String tenant) {
    long open =
        book.open().stream().filter(batch -> batch.created().tenant().equals(tenant)).count();
    if (open >= limits.mostOpenPerTenant()) {
      throw HttpProblem.quotaUsedUp(
          "too_many_batches",
          "%d batches of this tenant have not ended, and no more are taken: wait for one."
              .formatted(open));
    }
    if (book.size() >= limits.mostKept() && book.leastMissed(1).isEmpty()) {
      throw HttpProblem.quotaUsedUp(
          "too_many_batches",
          "%,d batches have not ended, and no more are taken for now.".formatted(book.size()));
    }
  }

  /** Who makes very many batches pushes out his own; after a new one is written, not in vain. */
  private void forgetSome() {
    int over = book.size() - limits.mostKept();
    try {
      for (Batch gone : book.leastMissed(Math.clamp(over, 0, MOST_FORGOTTEN))) {
        log.forget(gone.uuid(), book.ends(gone.uuid()));
      }
    } catch (KafkaProblem e) {
      LOG.warn("Old batches are forgotten with the next new one: {}", e.getMessage());
    }
  }

  private void append(String uuid, BatchRecord record) throws InterruptedException {
    // Whoever asks next shall see it.
    long offset = log.append(uuid, record);
    if (!book.await(() -> book.next(log.partition(uuid)) > offset, BOOK_BOUND)) {
      throw HttpProblem.of(
              503, "kafka_unavailable", "The batch is written, but cannot be read back yet.")
          .notToBeRetried();
    }
  }

  private void list(Exchange exchange) {
    String tenant = Tenants.of(exchange);
    List<Batch> shown =
        book.all().stream()
            .filter(batch -> batch.created().tenant().equals(tenant))
            .sorted(
                Comparator.comparingLong((Batch batch) -> batch.created().createdAtMs())
                    .thenComparing(Batch::uuid)
                    .reversed())
            .toList();
    exchange.json(
        200, Page.of(exchange, shown, Batch::id, BatchJson::of, MOST_LISTED, USUALLY_LISTED));
  }

  private void get(Exchange exchange) {
    exchange.json(200, BatchJson.of(find(exchange)));
  }

  private void cancel(Exchange exchange) throws InterruptedException {
    Batch batch = find(exchange);
    if (batch.status().isEnd() || batch.status() == BatchStatus.FINALIZING) {
      throw HttpProblem.badRequest(
          "batch_not_cancellable",
          "The batch is %s and can no longer be cancelled.".formatted(batch.status().text()));
    }
    if (batch.cancelAsked() == null) {
      append(batch.uuid(), new BatchRecord.CancelAsked(clock.millis()));
    }
    exchange.json(200, BatchJson.of(find(exchange)));
  }

  /** One that was only just made by another gateway may not be in this one's book yet. */
  private Optional<Batch> find(String uuid) {
    long madeAtMs = JobIds.madeAtMs(uuid).orElse(0);
    boolean young = Math.abs(clock.millis() - madeAtMs) < YOUNG.toMillis();
    try {
      boolean known = !young || book.await(() -> book.find(uuid).isPresent(), NEWS_BOUND);
      return known ? book.find(uuid) : Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private Batch find(Exchange exchange) {
    String id = exchange.pathParameter("id");
    String tenant = Tenants.of(exchange);
    Optional<Batch> found = Batch.uuidOf(id).flatMap(this::find);
    return found
        .filter(batch -> batch.created().tenant().equals(tenant))
        .orElseThrow(
            () -> HttpProblem.notFound(null, "There is no batch '%s'.".formatted(id)).about("id"));
  }
}
