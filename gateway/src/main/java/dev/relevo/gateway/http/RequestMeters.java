package dev.relevo.gateway.http;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the server measures of itself. Routes and statuses are few, and nothing of a request but
 * these becomes a tag.
 */
final class RequestMeters {
  private static final String GONE = "gone";
  private static final String NO_ROUTE = "none";

  private final MeterRegistry registry;

  /**
   * @param open requests that run
   * @param connections that are open
   */
  RequestMeters(MeterRegistry registry, IntSupplier open, IntSupplier connections) {
    this.registry = registry;
    Gauge.builder("relevo.gateway.requests.open", open::getAsInt)
        .description("requests that run, streams among them")
        .register(registry);
    Gauge.builder("relevo.gateway.connections", connections::getAsInt)
        .description("connections that are open")
        .register(registry);
  }

  /**
   * A request was answered to its end.
   *
   * @param route null where there is none for it
   * @param status of the answer; 0 when its caller went away before there was one
   * @param nanos from its head to the end of its answer
   */
  void answered(@Nullable Route route, int status, boolean callerGone, long nanos) {
    Timer.builder("relevo.gateway.requests")
        .description("requests, from their head to the end of their answer")
        .tags(
            "route",
            name(route),
            "status",
            callerGone || status == 0 ? GONE : Integer.toString(status))
        .register(registry)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** The first event of a stream was written. */
  void firstEvent(@Nullable Route route, long nanos) {
    Timer.builder("relevo.gateway.first.event")
        .description("from a request's head to the first event of its stream: time to first token")
        .tags("route", name(route))
        .register(registry)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  private static String name(@Nullable Route route) {
    return route == null ? NO_ROUTE : route.method().text() + " " + route.path();
  }
}
