package dev.relevo.gateway;

import dev.relevo.gateway.http.ErrorShape;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.Right;
import dev.relevo.gateway.http.Route;
import io.helidon.http.Method;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** {@code /healthz}, {@code /readyz} and {@code /metrics}, as every role has them. */
final class HealthRoutes {
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

  private final GatewayHost host;

  HealthRoutes(GatewayHost host) {
    this.host = host;
  }

  List<Route> routes() {
    return List.of(
        get("/healthz", Right.NOTHING, exchange -> text(exchange, 200, TEXT, "alive\n")),
        get("/readyz", Right.NOTHING, this::ready),
        get("/metrics", Right.OPERATE, exchange -> text(exchange, 200, METRICS, host.metrics())));
  }

  private void ready(Exchange exchange) {
    Optional<String> missing = host.missing();
    text(exchange, missing.isEmpty() ? 200 : 503, TEXT, missing.orElse("ready") + "\n");
  }

  private static Route get(String path, Right right, Route.Handler handler) {
    return new Route(Method.GET, path, right, ErrorShape.PROBLEM, handler);
  }

  private static void text(Exchange exchange, int status, String type, String body) {
    exchange.bytes(status, type, body.getBytes(StandardCharsets.UTF_8));
  }
}
