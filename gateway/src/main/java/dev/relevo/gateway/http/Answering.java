package dev.relevo.gateway.http;

import io.helidon.http.Method;
import io.helidon.http.PathMatcher;
import io.helidon.http.PathMatchers;
import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a request through its route: who asks, what is answered, and what goes wrong. */
final class Answering {
  /** How long a body that nobody wants is read all the same, so that its sender gets the answer. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(Answering.class);

  /** Paths that OpenAI's SDKs ask for. */
  private static final List<String> OPENAI =
      List.of("/v1/chat", "/v1/models", "/v1/files", "/v1/batches");

  private final List<Route> routes;
  private final Map<String, PathMatcher> paths;
  private final Gatekeeper gatekeeper;
  private final Connections connections;

  Answering(List<Route> routes, Gatekeeper gatekeeper, Connections connections) {
    this.routes = List.copyOf(routes);
    this.paths =
        routes.stream()
            .map(Route::path)
            .distinct()
            .collect(Collectors.toMap(Function.identity(), PathMatchers::create));
    this.gatekeeper = gatekeeper;
    this.connections = connections;
  }

  /** How errors look where no route is: as OpenAI's below its paths. */
  static ErrorShape shapeOf(@Nullable String path) {
    return path != null && OPENAI.stream().anyMatch(path::startsWith)
        ? ErrorShape.OPENAI
        : ErrorShape.PROBLEM;
  }

  void answer(Route route, ServerRequest request, ServerResponse response) {
    Exchange exchange = exchange(request, response);
    try {
      admitAndHandle(route, exchange);
    } catch (CallerGoneException e) {
      LOG.debug("Request {} to {}: {}", exchange.id(), exchange.path(), e.getMessage());
      throw new CloseConnectionException("the caller has gone", e);
    }
    afterwards(exchange, request);
  }

  /** Helidon waits for the caller to close; an answer that says "close" should mean it. */
  private void afterwards(Exchange exchange, ServerRequest request) {
    Connection connection = connections.find(request.socketId());
    if (connection != null) {
      if (exchange.closesAfter() && !request.content().consumed()) {
        connection.readAhead().drain(LINGER);
      }
      connection.readAhead().answered();
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
      route.handler().handle(exchange);
    } catch (HttpProblem e) {
      tell(exchange, e, route.errors());
    } catch (CallerGoneException | CloseConnectionException e) {
      throw e;
    } catch (RequestException e) {
      exchange.closeAfter();
      tell(exchange, HttpProblem.of(e.status().code(), null, words(e)), route.errors());
    } catch (Exception e) {
      bug(route, exchange, e);
    } finally {
      if (admission != null) {
        admission.leave().run();
      }
    }
  }

  private static String words(RequestException e) {
    return e.safeMessage()
        ? String.valueOf(e.getMessage())
        : "The request could not be read: " + e.status().reasonPhrase() + ".";
  }

  private void bug(Route route, Exchange exchange, Exception cause) {
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

  /** Answers what no route is for: 405 where another method would do, else 404. */
  void answerNowhere(ServerRequest request, ServerResponse response) {
    String path = request.path().path();
    TreeSet<String> methods =
        routes.stream()
            .filter(route -> matches(route, request))
            .map(route -> route.method().text())
            .collect(Collectors.toCollection(TreeSet::new));
    HttpProblem problem;
    if (methods.isEmpty()) {
      problem =
          HttpProblem.notFound(
              null, "There is nothing at %s; /openapi.json tells what there is.".formatted(path));
    } else {
      problem =
          HttpProblem.of(
                  405,
                  "method_not_supported",
                  "%s is asked with %s, not with %s."
                      .formatted(path, String.join(" or ", methods), request.prologue().method()))
              .with("Allow", String.join(", ", methods));
    }
    Exchange exchange = exchange(request, response);
    exchange.closeAfter();
    tell(exchange, problem, shapeOf(path));
    afterwards(exchange, request);
  }

  private boolean matches(Route route, ServerRequest request) {
    PathMatcher matcher = paths.get(route.path());
    return matcher != null
        && !request.prologue().method().equals(Method.OPTIONS)
        && matcher.match(request.prologue().uriPath()).accepted();
  }

  private Exchange exchange(ServerRequest request, ServerResponse response) {
    Exchange exchange =
        new Exchange(
            request,
            response,
            connections.find(request.socketId()),
            "req_" + UUID.randomUUID().toString().replace("-", ""));
    exchange.prepare();
    return exchange;
  }
}
