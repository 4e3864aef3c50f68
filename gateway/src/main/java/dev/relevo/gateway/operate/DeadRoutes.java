package dev.relevo.gateway.operate;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.gateway.http.CallerGoneException;
import dev.relevo.gateway.http.ErrorShape;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.gateway.http.JsonBody;
import dev.relevo.gateway.http.Right;
import dev.relevo.gateway.http.Route;
import dev.relevo.operator.DeadFilter;
import dev.relevo.operator.DeadPosition;
import dev.relevo.operator.DeadReader;
import dev.relevo.operator.DeadRecord;
import dev.relevo.operator.ReplyPlaces;
import io.helidon.http.Method;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /v1/dead}: the jobs that failed for good, and running them again. Each request reads what
 * it tells of in Kafka, so only a few do so at once.
 */
final class DeadRoutes {
  static final int MOST_LISTED = 1_000;

  /** Requests that read dead letters at once in this process. */
  static final int MOST_READERS = 2;

  /** After so long a replay says how far it came, and wants to be asked again. */
  static final Duration LONGEST_REPLAY = Duration.ofSeconds(60);

  private static final int USUAL_LIMIT = 100;
  private static final int MOST_BODY_BYTES = 256 << 10;

  private final KafkaClients clients;
  private final TopicNames topics;
  private final Function<BooleanSupplier, DeadReader> letters;
  private final InstantSource clock;
  private final Semaphore readers = new Semaphore(MOST_READERS);
  private final Semaphore replays = new Semaphore(1);

  DeadRoutes(KafkaClients clients, TopicNames topics, InstantSource clock) {
    this(clients, topics, unwanted -> new DeadReader(clients, topics, unwanted), clock);
  }

  /**
   * @param letters gives a reader to somebody who may lose interest
   */
  DeadRoutes(
      KafkaClients clients,
      TopicNames topics,
      Function<BooleanSupplier, DeadReader> letters,
      InstantSource clock) {
    this.clients = clients;
    this.topics = topics;
    this.letters = letters;
    this.clock = clock;
  }

  List<Route> routes() {
    return List.of(
        route(Method.GET, "/v1/dead", readers, this::list),
        route(Method.GET, "/v1/dead/{+id}", readers, this::show),
        route(Method.POST, "/v1/dead/replay", replays, this::replay));
  }

  private static Route route(Method method, String path, Semaphore atOnce, Route.Handler handler) {
    return new Route(
        method,
        path,
        Right.OPERATE,
        ErrorShape.PROBLEM,
        KafkaRoute.handler(exchange -> {
          if (!atOnce.tryAcquire()) {
            throw HttpProblem.of(
                    503,
                    "busy",
                    "Others are reading dead letters just now, and this gateway does that for few"
                        + " at once.")
                .retryAfter(KafkaRoute.AGAIN);
          }
          try {
            handler.handle(exchange);
          } finally {
            atOnce.release();
          }
        }));
  }

  private void list(Exchange exchange) {
    QueryReader query = new QueryReader(exchange);
    Instant now = clock.instant();
    DeadFilter filter =
        new DeadFilter(
            Set.of(),
            query.momentMs("since", now),
            query.momentMs("before", now),
            query.text("model"),
            query.text("error"),
            query.text("tenant"));
    int limit = query.limit(USUAL_LIMIT, MOST_LISTED);
    DeadPosition from = position(query.text("after"));
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.put("object", "list");
    ArrayNode data = json.putArray("data");
    AtomicReference<@Nullable DeadPosition> next = new AtomicReference<>();
    try (DeadReader reader = letters.apply(exchange::isCallerGone)) {
      reader.scan(
          filter,
          from,
          record -> {
            if (data.size() == limit) {
              next.set(new DeadPosition(record.partition(), record.offset()));
              return false;
            }
            data.add(DeadView.row(record));
            return true;
          });
    }
    requireCaller(exchange);
    DeadPosition more = next.get();
    json.put("has_more", more != null);
    if (more != null) {
      json.put("next", more.text());
    }
    exchange.json(200, json);
  }

  private static DeadPosition position(@Nullable String after) {
    return after == null
        ? DeadPosition.BEGIN
        : DeadPosition.parse(after)
            .orElseThrow(() -> QueryReader.wrong("after", after, "the 'next' of an earlier page"));
  }

  private void show(Exchange exchange) {
    String id = exchange.pathParameter("id");
    DeadFilter named = new DeadFilter(Set.of(id), null, null, null, null, null);
    AtomicReference<@Nullable DeadRecord> newest = new AtomicReference<>();
    try (DeadReader reader = letters.apply(exchange::isCallerGone)) {
      reader.scan(
          named,
          record -> {
            // A job that died again after a replay, or in two homes, has several.
            newest.accumulateAndGet(
                record, (a, b) -> a == null || (b != null && b.whenMs() >= a.whenMs()) ? b : a);
            return true;
          });
    }
    requireCaller(exchange);
    DeadRecord record = newest.get();
    if (record == null) {
      throw HttpProblem.notFound(
          "dead_letter_not_found",
          "There is no dead letter of %s; GET /v1/dead lists those there are.".formatted(id));
    }
    exchange.json(200, DeadView.whole(record));
  }

  private void replay(Exchange exchange) {
    ReplayRequest request =
        ReplayRequest.read(JsonBody.object(exchange.body(MOST_BODY_BYTES)), clock.instant());
    CompletableFuture<Void> stop =
        exchange
            .callerGone()
            .completeOnTimeout(null, LONGEST_REPLAY.toMillis(), TimeUnit.MILLISECONDS);
    try (DeadReader reader = letters.apply(stop::isDone);
        ReplyPlaces places = new ReplyPlaces(clients, topics, System::nanoTime)) {
      exchange.json(200, new Replay(request, topics, places, stop).run(clients, reader));
    } finally {
      // Nothing waits for the time-out any more.
      stop.cancel(false);
    }
  }

  /** What was read for a caller who went meanwhile is not all there is, and nobody's. */
  private static void requireCaller(Exchange exchange) {
    if (exchange.isCallerGone()) {
      throw new CallerGoneException("it does not wait for dead letters any longer");
    }
  }
}
