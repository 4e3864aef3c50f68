package dev.relevo.gateway.operate;

import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.gateway.http.Route;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Handlers that tell of what is read in Kafka, or say why it cannot be. */
final class KafkaRoute {
  static final Duration AGAIN = Duration.ofSeconds(1);

  private KafkaRoute() {}

  /** A handler whose caller is told to come back while Kafka does not answer. */
  static Route.Handler handler(Route.Handler handler) {
    return exchange -> {
      try {
        handler.handle(exchange);
      } catch (KafkaProblem e) {
        throw unavailable(String.valueOf(e.getMessage()));
      }
    };
  }

  /**
   * One that needs a view that has caught up and reads on: what it tells is of now.
   *
   * @param ready whether it has caught up once
   * @param complaint why it has not, or does not read on
   */
  static Route.Handler handler(
      BooleanSupplier ready, Supplier<Optional<String>> complaint, Route.Handler handler) {
    return handler(exchange -> {
      Optional<String> ailment = complaint.get();
      if (!ready.getAsBoolean()) {
        throw unavailable(
            "This gateway has only just begun: " + ailment.orElse("it is ready in a moment") + ".");
      }
      if (ailment.isPresent()) {
        throw unavailable("Nobody knows how it is now: " + ailment.get());
      }
      handler.handle(exchange);
    });
  }

  private static HttpProblem unavailable(String words) {
    return HttpProblem.of(503, "kafka_unavailable", words).retryAfter(AGAIN);
  }
}
