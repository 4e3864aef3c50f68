package dev.relevo.gateway.http;

import io.helidon.common.parameters.Parameters;
import io.helidon.common.uri.UriPath;
import io.helidon.http.Method;
import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a request through its route: who asks, what is answered, and what goes wrong. */
final class Answering {
  /** How long a body that nobody wants is read all the same, so that its sender gets the answer. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  private static final Parameters NO_PARAMETERS = Parameters.empty("path");

  private static final Logger LOG = LoggerFactory.getLogger(Answering.class);

  /** Paths that OpenAI's SDKs ask for. */
  private static final List<String> OPENAI =
      List.of("/v1/chat", "/v1/models", "/v1/files", "/v1/batches");

  private final Gatekeeper gatekeeper;
  private final Connections connections;
  private final long mostBodyBytes;

  /** One for each request that runs. */
  private final Semaphore places = new Semaphore(Integer.MAX_VALUE);

  /** The requests that run, which are told of the end; of others nothing is kept. */
  private final Set<Exchange> running = ConcurrentHashMap.newKeySet();

  private volatile boolean stopping;
  private volatile RouteTable routes;
  private volatile @Nullable RequestMeters meters;
  private volatile boolean starting = true;

  /**
   * @param early what is answered before {@link #serve}
   * @param mostBodyBytes that a handler gets at once
   */
  Answering(List<Route> early, Gatekeeper gatekeeper, Connections connections, long mostBodyBytes) {
    this.mostBodyBytes = mostBodyBytes;
    this.routes = new RouteTable(early);
    this.gatekeeper = gatekeeper;
    this.connections = connections;
  }

  /** Answers these from now on. */
  void serve(List<Route> all) {
    routes = new RouteTable(all);
    starting = false;
  }

  /** Measures from now on. */
  void meter(MeterRegistry registry) {
    meters =
        new RequestMeters(
            registry, () -> Integer.MAX_VALUE - places.availablePermits(), connections::size);
  }

  /** Answers nothing more; returns when nothing runs, or after so long. */
  void stop(Duration atMost) {
    stopping = true;
    running.forEach(Exchange::stop);
    try {
      if (!places.tryAcquire(Integer.MAX_VALUE, atMost.toNanos(), TimeUnit.NANOSECONDS)) {
        LOG.info(
            "{} requests are broken off after {} ms; their jobs run on",
            Integer.MAX_VALUE - places.availablePermits(),
            atMost.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How errors look where no route is: as OpenAI's below its paths. */
  static ErrorShape shapeOf(@Nullable String path) {
    return path != null && OPENAI.stream().anyMatch(path::startsWith)
        ? ErrorShape.OPENAI
        : ErrorShape.PROBLEM;
  }

  void answer(ServerRequest request, ServerResponse response) {
    long beganNanos = System.nanoTime();
    UriPath path = request.prologue().uriPath();
    Optional<RouteTable.Found> found = routes.find(request.prologue().method(), path);
    Exchange exchange =
        new Exchange(
            request,
            response,
            found.map(RouteTable.Found::parameters).orElse(NO_PARAMETERS),
            connections.find(request.socketId()),
            RequestIds.next(),
            mostBodyBytes);
    exchange.prepare();
    Route route = found.map(RouteTable.Found::route).orElse(null);
    RequestMeters measured = meters;
    if (measured != null) {
      exchange.onFirstEvent(() -> measured.firstEvent(route, System.nanoTime() - beganNanos));
    }
    boolean counted = places.tryAcquire();
    boolean gone = false;
    running.add(exchange);
    try {
      if (stopping || !counted) {
        exchange.stop();
        exchange.closeAfter();
        tell(exchange, stopped(), shapeOf(path.path()));
      } else if (route != null) {
        admitAndHandle(route, exchange);
      } else {
        answerNowhere(exchange, request, path);
      }
    } catch (CallerGoneException e) {
      gone = true;
      LOG.debug("Request {} to {}: {}", exchange.id(), exchange.path(), e.getMessage());
      throw new CloseConnectionException("the caller has gone", e);
    } finally {
      running.remove(exchange);
      if (counted) {
        places.release();
      }
      if (measured != null) {
        measured.answered(route, exchange.status(), gone, System.nanoTime() - beganNanos);
      }
    }
    afterwards(exchange, request);
  }

  /** Helidon waits for the caller to close; an answer that says "close" should mean it. */
  private void afterwards(Exchange exchange, ServerRequest request) {
    Connection connection = connections.find(request.socketId());
    if (connection != null && exchange.closesAfter() && !request.content().consumed()) {
      connection.readAhead().drain(LINGER);
    }
    if (exchange.closesAfter()) {
      throw new CloseConnectionException("as the answer said");
    }
  }

  private void admitAndHandle(Route route, Exchange exchange) {
    Gatekeeper.@Nullable Admission admission = null;
    try {
      admission = gatekeeper.admit(exchange, route);
      exchange.admitted(admission.principal());
      LOG.debug(
          "Request {} of {}: {} {}",
          exchange.id(),
          admission.principal().name(),
          route.method(),
          route.path());
      route.handler().handle(exchange);
    } catch (HttpProblem e) {
      tell(exchange, e, route.errors());
    } catch (CallerGoneException | CloseConnectionException e) {
      throw e;
    } catch (RequestException e) {
      exchange.closeAfter();
      tell(exchange, TransportErrors.problem(e.status(), words(e)), route.errors());
    } catch (Exception e) {
      bug(route, exchange, e);
    } finally {
      if (admission != null) {
        admission.leave().run();
      }
    }
  }

  private static @Nullable String words(RequestException e) {
    return e.safeMessage() ? e.getMessage() : null;
  }

  private void bug(Route route, Exchange exchange, Exception cause) {
    if (stopping) {
      exchange.closeAfter();
      tell(exchange, stopped(), route.errors());
      return;
    }
    if (exchange.isCallerGone()) {
      throw new CallerGoneException("it went away: " + cause.getMessage());
    }
    LOG.error("Request {} to {} {} failed", exchange.id(), route.method(), route.path(), cause);
    tell(
        exchange,
        HttpProblem.of(
            500,
            null,
            "The gateway failed at this request; its log says why under " + exchange.id() + "."),
        route.errors());
  }

  private static void tell(Exchange exchange, HttpProblem problem, ErrorShape shape) {
    if (!exchange.restart()) {
      throw new CloseConnectionException("an answer that has begun cannot become an error");
    }
    problem.headers().forEach(exchange::answerHeader);
    exchange.bytes(problem.status(), ProblemBody.mediaType(shape), ProblemBody.of(problem, shape));
  }

  private static HttpProblem stopped() {
    return HttpProblem.of(
            503, "stopping", "This gateway is stopping: ask another one, or again in a moment.")
        .retryAfter(LINGER);
  }

  private void answerNowhere(Exchange exchange, ServerRequest request, UriPath path) {
    Set<String> methods = routes.methods(path);
    if (request.prologue().method().equals(Method.OPTIONS) && !methods.isEmpty()) {
      exchange.answerHeader("Allow", String.join(", ", methods));
      exchange.empty(204);
    } else {
      exchange.closeAfter();
      tell(exchange, nowhere(request, path), shapeOf(path.path()));
    }
  }

  /** What no route is for: 405 where another method would do, else 404. */
  private HttpProblem nowhere(ServerRequest request, UriPath path) {
    if (starting) {
      return HttpProblem.of(
              503, "starting", "The gateway is starting: /readyz says what is missing.")
          .retryAfter(LINGER);
    }
    Set<String> methods = routes.methods(path);
    if (methods.isEmpty()) {
      return HttpProblem.notFound(
          null,
          "There is nothing at %s; /openapi.json tells what there is.".formatted(path.path()));
    }
    return HttpProblem.of(
            405,
            "method_not_supported",
            "%s is asked with %s, not with %s."
                .formatted(path.path(), String.join(" or ", methods), request.prologue().method()))
        .with("Allow", String.join(", ", methods));
  }
}
