package dev.relevo.node.backend;

import java.util.List;

/**
 * What a backend is.
 *
 * @param name unique in the node
 * @param type the adapter's name
 * @param models what it serves; a pattern such as {@code llama3*} stands for what it matches
 * @param capabilities what it can do beyond answering
 * @param weight its share where load is shared out by weight, 1 or more
 */
public record WorkerInfo(
    String name, String type, List<String> models, Capabilities capabilities, int weight) {
  public WorkerInfo {
    models = List.copyOf(models);
  }

  /**
   * What a backend can do beyond answering.
   *
   * @param continuesPrefix whether it goes on with an assistant message that it is given the
   *     beginning of
   */
  public record Capabilities(boolean continuesPrefix) {}
}
