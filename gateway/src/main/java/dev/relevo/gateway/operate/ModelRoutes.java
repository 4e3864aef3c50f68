package dev.relevo.gateway.operate;

import dev.relevo.gateway.http.ErrorShape;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.gateway.http.Right;
import dev.relevo.gateway.http.Route;
import dev.relevo.operator.LiveFleet;
import dev.relevo.operator.ServedModel;
import io.helidon.http.Method;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code GET /v1/models} and {@code /v1/models/{id}}, as OpenAI has them: the models that a node
 * serves now, and nothing of who serves them.
 */
final class ModelRoutes {
  private static final int MOST_TOLD = 200;

  private final LiveFleet fleet;

  ModelRoutes(LiveFleet fleet) {
    this.fleet = fleet;
  }

  List<Route> routes() {
    return List.of(route("/v1/models", this::list), route("/v1/models/{+id}", this::show));
  }

  private Route route(String path, Route.Handler handler) {
    return new Route(
        Method.GET,
        path,
        Right.EITHER,
        ErrorShape.OPENAI,
        KafkaRoute.handler(fleet::isReady, fleet::complaint, handler));
  }

  private void list(Exchange exchange) {
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.put("object", "list");
    ArrayNode models = json.putArray("data");
    fleet.now().servedModels().forEach(model -> models.add(json(model)));
    exchange.json(200, json);
  }

  private void show(Exchange exchange) {
    String id = exchange.pathParameter("id");
    ServedModel model =
        fleet
            .now()
            .served(id)
            .orElseThrow(() ->
                HttpProblem.notFound(
                        "model_not_found",
                        "No node serves the model '%s' now; GET /v1/models lists those that are served."
                            .formatted(
                                id.length() > MOST_TOLD ? id.substring(0, MOST_TOLD) + "…" : id))
                    .about("model"));
    exchange.json(200, json(model));
  }

  private static ObjectNode json(ServedModel model) {
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.put("id", model.model()).put("object", "model");
    // Nobody knows when a model was made, and SDKs want a number.
    json.put("created", 0);
    json.put(
        "owned_by",
        model.servers().stream()
            .map(ServedModel.Server::type)
            .distinct()
            .sorted()
            .collect(Collectors.joining(", ")));
    return json.put("health", model.health().name().toLowerCase(Locale.ROOT));
  }
}
