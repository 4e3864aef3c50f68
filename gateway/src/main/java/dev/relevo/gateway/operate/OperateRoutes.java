package dev.relevo.gateway.operate;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.gateway.http.Route;
import dev.relevo.operator.LiveFleet;
import dev.relevo.operator.LiveJobs;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** {@code /v1/nodes}, {@code /v1/models}, {@code GET /v1/jobs} and {@code /v1/dead}. */
public final class OperateRoutes {
  private final List<Route> routes = new ArrayList<>();

  /**
   * Reads nothing yet.
   *
   * @param clients the way to Kafka, for dead letters
   * @param topics the names of the topics
   * @param fleet who is there
   * @param jobs where jobs are
   */
  public OperateRoutes(KafkaClients clients, TopicNames topics, LiveFleet fleet, LiveJobs jobs) {
    routes.addAll(new NodeRoutes(fleet).routes());
    routes.addAll(new ModelRoutes(fleet).routes());
    routes.addAll(new JobListRoutes(jobs).routes());
    routes.addAll(new DeadRoutes(clients, topics, InstantSource.system()).routes());
  }

  /** What is answered. */
  public List<Route> routes() {
    return List.copyOf(routes);
  }
}
