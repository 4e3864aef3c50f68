package dev.relevo.gateway.chat;

import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.operator.Fleet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the nodes that are there say of the models that are asked for. Pure. */
final class ServedModels {
  private static final int MOST_NAMED = 20;

  private ServedModels() {}

  /**
   * Says at once what no wait would change: that no node has any of the models. One whose backend
   * is down at the moment is waited for, and so is a fleet without nodes.
   *
   * @throws HttpProblem 404, naming the models that there are
   */
  static void require(Fleet fleet, List<String> asked) {
    if (fleet.live().isEmpty() || asked.stream().anyMatch(model -> has(fleet, model))) {
      return;
    }
    List<String> models = fleet.models();
    String all =
        models.stream()
            .limit(MOST_NAMED)
            .map(model -> "'" + model + "'")
            .collect(Collectors.joining(", "));
    int left = models.size() - MOST_NAMED;
    throw HttpProblem.notFound(
            "model_not_found",
            "No node has the model %s; there %s."
                .formatted(
                    asked.stream()
                        .map(model -> "'" + model + "'")
                        .collect(Collectors.joining(" or ")),
                    models.isEmpty()
                        ? "are none at all"
                        : "are " + all + (left > 0 ? " and %d more".formatted(left) : "")))
        .about("model");
  }

  private static boolean has(Fleet fleet, String model) {
    return fleet.live().stream()
        .flatMap(node -> node.beat().backends().stream())
        .anyMatch(backend -> backend.serves(model));
  }

  /**
   * The model that will answer, as far as it can be told before a node has the job: the first that
   * is served.
   */
  static String expected(Fleet fleet, String model, List<String> fallbacks) {
    return Stream.concat(Stream.of(model), fallbacks.stream())
        .filter(fleet::serves)
        .findFirst()
        .orElse(model);
  }
}
