package dev.relevo.dispatcher.core;

import dev.relevo.common.config.DispatcherSettings;
import dev.relevo.common.protocol.TopicNames;
import java.util.ArrayDeque;
import java.util.Queue;

/** What the shards of one dispatcher share. */
final class Surroundings {
  final String id;
  final DispatcherSettings settings;
  final TopicNames topics;
  final Fleet fleet;
  final RetryPolicy retry;
  final WaitingLine line;
  final Cancels cancels;
  final Window window;
  final Parking parking;

  /** What is to be done, in order; the shell takes it after every input. */
  final Queue<Effect> outbox = new ArrayDeque<>();

  Surroundings(
      String id, DispatcherSettings settings, TopicNames topics, Fleet fleet, RetryPolicy retry) {
    this.id = id;
    this.settings = settings;
    this.topics = topics;
    this.fleet = fleet;
    this.retry = retry;
    this.line = new WaitingLine(settings.ageing());
    this.cancels = new Cancels(settings.cancelsMax());
    this.window = new Window(settings.window(), settings.windowBytes());
    this.parking = new Parking(this);
  }

  /** How many turns a tenant gets where another gets one. */
  int weight(String tenant) {
    return settings.tenants().getOrDefault(tenant, 1);
  }

  /**
   * How many attempts a job may use. Before its record was read only the configured number is
   * known, and nothing is to be ended by it.
   */
  int maxAttempts(JobEntry entry) {
    Integer asked = entry.headers().maxAttempts();
    return asked == null ? settings.retry().maxAttempts() : asked;
  }
}
