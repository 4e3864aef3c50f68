package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaClients;
import java.time.Duration;
import java.util.List;

/** A dispatcher alone. */
final class DispatcherRole extends RoleProcess {
  private final Settings settings;
  private final HttpPlace http;

  DispatcherRole(Settings settings, HttpPlace http) {
    this.settings = settings;
    this.http = http;
  }

  @Override
  public List<String> start() throws Exception {
    HealthServer health = openHealth(http);
    KafkaClients clients = KafkaDoor.await(settings.kafka());
    new HouseTopics(clients, settings.kafka().topics()).ensure();
    DispatcherPart dispatcher =
        add(
            Parts.Kind.DISPATCHER,
            "dispatcher",
            DispatcherPart.start(settings, meters().registry()));
    watch("the dispatcher", dispatcher.stopped());
    readiness().watch(dispatcher::missing);
    dispatcher.awaitReady();
    readiness().started();
    return List.of(
        "ready: %s on Kafka at %s, health and metrics at %s"
            .formatted(dispatcher.id(), settings.kafka().bootstrapServers(), health.address()));
  }

  @Override
  public Duration stopBound() {
    return DispatcherPart.CLOSE_BOUND;
  }
}
