package dev.relevo.gateway.operate;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.registry.RegisteredNode;
import dev.relevo.gateway.http.ErrorShape;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.Right;
import dev.relevo.gateway.http.Route;
import dev.relevo.operator.Fleet;
import dev.relevo.operator.LiveFleet;
import io.helidon.http.Method;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code GET /v1/nodes}: who is there and who is not any more, what they run and can run. */
final class NodeRoutes {
  private final LiveFleet fleet;

  NodeRoutes(LiveFleet fleet) {
    this.fleet = fleet;
  }

  List<Route> routes() {
    return List.of(
        new Route(
            Method.GET,
            "/v1/nodes",
            Right.OPERATE,
            ErrorShape.PROBLEM,
            KafkaRoute.handler(fleet::isReady, fleet::complaint, this::list)));
  }

  private void list(Exchange exchange) {
    exchange.json(200, json(fleet.now()));
  }

  static ObjectNode json(Fleet fleet) {
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.put("object", "list");
    ArrayNode nodes = json.putArray("data");
    fleet.live().forEach(node -> put(nodes.addObject(), node, word(node.beat().state()), fleet));
    fleet.lost().forEach(node -> put(nodes.addObject(), node, "lost", fleet));
    ArrayNode dispatchers = json.putArray("dispatchers");
    List<String> live = fleet.liveDispatchers();
    new TreeMap<>(fleet.dispatcherBeatsMs())
        .forEach((id, beatMs) ->
            dispatchers
                .addObject()
                .put("id", id)
                .put("state", live.contains(id) ? "live" : "lost")
                .put("beat_age_ms", Math.max(0, fleet.nowMs() - beatMs)));
    return json;
  }

  private static void put(ObjectNode json, RegisteredNode node, String state, Fleet fleet) {
    NodeBeat beat = node.beat();
    json.put("id", node.id()).put("state", state);
    json.put("incarnation", node.incarnation()).put("slot", beat.slot());
    json.put("capacity", beat.capacity());
    json.put(
        "running",
        beat.attempts().values().stream().filter(NodeBeat.Phase.RUNNING::equals).count());
    long beatMs = TimeUnit.NANOSECONDS.toMillis(node.readNanos());
    json.put("beat_age_ms", Math.max(0, fleet.nowMs() - beatMs));
    json.put("beat_interval_ms", beat.intervalMs());
    ArrayNode backends = json.putArray("backends");
    beat.backends().forEach(backend -> put(backends.addObject(), backend));
  }

  private static void put(ObjectNode json, NodeBeat.Backend backend) {
    json.put("name", backend.name()).put("type", backend.type());
    json.set("models", JsonMapper.shared().valueToTree(backend.models()));
    json.put("priority", backend.priority()).put("weight", backend.weight());
    json.put("health", word(backend.health()));
    json.put("breaker", backend.breaker().toLowerCase(Locale.ROOT));
    json.put("ttft_ms", backend.ttftMs());
    json.put("tokens_per_second", backend.tokensPerSecond());
    json.put("reason", backend.reason());
    json.properties().removeIf(field -> field.getValue().isNull());
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
