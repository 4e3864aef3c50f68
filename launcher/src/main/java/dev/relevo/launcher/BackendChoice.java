package dev.relevo.launcher;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.NodeSettings;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the nodes of {@code up} work with.
 *
 * @param backends at least one
 * @param notes what people should know of the choice
 */
record BackendChoice(List<BackendSettings> backends, List<String> notes) {
  private static final String ECHO = "echo";

  BackendChoice {
    backends = List.copyOf(backends);
    notes = List.copyOf(notes);
  }

  /** What was configured; else the model servers of this machine; else the echo model. */
  static BackendChoice of(NodeSettings node, ModelServerSearch search) {
    if (node.choosesBackends()) {
      return new BackendChoice(node.backends(), List.of());
    }
    BackendSettings template = node.backends().getFirst();
    List<BackendSettings> backends = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    for (ModelServer server : search.run()) {
      String at = server.product() + " at " + server.baseUrl();
      if (server.models().isEmpty()) {
        notes.add("Found " + at + ", but it has no model yet.");
      } else {
        notes.add("Found " + at + " with " + String.join(", ", server.models()) + ".");
        backends.add(like(template, server.name(), server.type(), server.baseUrl()));
      }
    }
    if (backends.isEmpty()) {
      notes.add(
          "No model server with a model was found on this machine, so the built-in echo model"
              + " answers: it only repeats what it is told.");
      backends.add(like(template, ECHO, ECHO, null));
    }
    return new BackendChoice(backends, notes);
  }

  private static BackendSettings like(
      BackendSettings template, String name, String type, @Nullable URI baseUrl) {
    return new BackendSettings(
        name,
        type,
        baseUrl,
        template.apiKey(),
        List.of(),
        template.priority(),
        template.weight(),
        template.capabilities(),
        template.timeouts(),
        template.retry(),
        template.circuitBreaker(),
        template.limits());
  }
}
