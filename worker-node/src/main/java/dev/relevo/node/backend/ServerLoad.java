package dev.relevo.node.backend;

import dev.relevo.node.backend.HttpBackend.Reply;
import dev.relevo.node.backend.WorkerInfo.Feature;
import java.util.EnumSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What llama-server and vLLM tell of themselves beyond being well; pure. Each answer may be
 * missing: then nothing is known.
 */
final class ServerLoad {
  private static final String WAITING = "vllm:num_requests_waiting";

  private ServerLoad() {}

  /** What llama-server says where it is asked to fail without a free slot. */
  static WorkerHealth ofSlots(ServerName server, Reply reply) {
    return reply instanceof Reply.Answered answered && answered.status() == 503
        ? WorkerHealth.busy(server + " has no free slot: more would wait")
        : WorkerHealth.AVAILABLE;
  }

  /** What vLLM's metrics say of its queue. */
  static WorkerHealth ofMetrics(ServerName server, Reply reply) {
    long waiting =
        reply instanceof Reply.Answered answered && answered.status() == 200
            ? (long)
                answered
                    .body()
                    .lines()
                    // Newer builds have metrics with longer names that begin like this one.
                    .filter(
                        line -> line.startsWith(WAITING + "{") || line.startsWith(WAITING + " "))
                    .mapToDouble(ServerLoad::value)
                    .sum()
            : 0;
    return waiting > 0
        ? WorkerHealth.busy(server + " has " + waiting + " requests waiting: more would wait, too")
        : WorkerHealth.AVAILABLE;
  }

  /** What llama-server says that its model cannot take. */
  static Set<Feature> lacking(Reply reply) {
    Set<Feature> lacks = EnumSet.noneOf(Feature.class);
    if (reply instanceof Reply.Answered answered && answered.status() == 200) {
      JsonNode properties = Json.node(answered.body());
      JsonNode takes = properties == null ? null : Json.present(properties, "modalities");
      if (takes != null && !takes.path("vision").asBoolean(true)) {
        lacks.add(Feature.IMAGES);
        lacks.add(Feature.IMAGE_LINKS);
      }
    }
    return lacks;
  }

  private static double value(String line) {
    try {
      double value = Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
      return value > 0 && value < Integer.MAX_VALUE ? value : 0;
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
