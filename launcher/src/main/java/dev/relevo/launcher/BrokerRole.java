package dev.relevo.launcher;

import dev.relevo.broker.BrokerOptions;
import dev.relevo.broker.EmbeddedBroker;
import java.time.Duration;
import java.util.List;

/** Kafka alone. */
final class BrokerRole extends RoleProcess {
  static final Duration STOP_BOUND = Duration.ofSeconds(20);

  private final BrokerOptions options;
  private final HttpPlace http;

  BrokerRole(BrokerOptions options, HttpPlace http) {
    this.options = options;
    this.http = http;
  }

  @Override
  public List<String> start() throws Exception {
    HealthServer health = openHealth(http);
    EmbeddedBroker broker = add(Parts.Kind.BROKER, "Kafka", EmbeddedBroker.start(options));
    watch("Kafka", broker.stopped());
    readiness().started();
    return List.of(
        "ready: Kafka at %s, health and metrics at %s"
            .formatted(broker.bootstrapServers(), health.address()));
  }

  @Override
  public Duration stopBound() {
    return STOP_BOUND;
  }
}
