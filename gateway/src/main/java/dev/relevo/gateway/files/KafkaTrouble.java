package dev.relevo.gateway.files;

import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.gateway.http.Route;
import java.time.Duration;

/** Tells callers of Kafka's troubles. */
public final class KafkaTrouble {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private KafkaTrouble() {}

  /** The same handler; when Kafka is away its caller is told to come again. */
  public static Route.Handler told(Route.Handler handler) {
    return exchange -> {
      try {
        handler.handle(exchange);
      } catch (KafkaProblem e) {
        HttpProblem problem =
            HttpProblem.of(503, "kafka_unavailable", String.valueOf(e.getMessage()));
        throw e.isTransient() ? problem.retryAfter(RETRY_AFTER) : problem.notToBeRetried();
      }
    };
  }
}
