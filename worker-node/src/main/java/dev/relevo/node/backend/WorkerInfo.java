package dev.relevo.node.backend;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

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

  /** The same with other models. */
  public WorkerInfo withModels(List<String> others) {
    return new WorkerInfo(name, type, others, capabilities, weight);
  }

  /** How a backend is asked to go on with an answer of which it is given the beginning. */
  public enum Continuation {
    /** It cannot be asked: it would begin another answer. */
    NONE,
    /** The beginning is the last message, an assistant's. */
    LAST_MESSAGE,
    /** The same, and the request says besides that it is a beginning. */
    MARKED_MESSAGE
  }

  /** What an adapter can carry; whether a model can do it too is another matter. */
  public enum Feature {
    /** It tells how many tokens question and answer had. */
    USAGE,
    /** What the model thinks comes apart from what it says. */
    REASONING,
    /** The model may call functions of the caller's. */
    TOOLS,
    /** Images inside the request, as {@code data:} addresses. */
    IMAGES,
    /** Images that the server fetches by their address. */
    IMAGE_LINKS,
    /** Answers that are JSON. */
    JSON_OBJECT,
    /** Answers that follow a JSON schema. */
    JSON_SCHEMA,
    /** {@code n} above 1. */
    SEVERAL_ANSWERS
  }

  /**
   * What a backend can do beyond answering.
   *
   * @param continuation how it is asked to go on with an answer that was begun; {@link
   *     Worker#continuesPrefix} tells it for a single model
   * @param features what else can be asked of it
   */
  public record Capabilities(Continuation continuation, Set<Feature> features) {
    public Capabilities {
      features = Set.copyOf(features);
    }

    /** Of a backend that only answers in text. */
    public Capabilities(boolean continuesPrefix) {
      this(
          continuesPrefix ? Continuation.LAST_MESSAGE : Continuation.NONE,
          EnumSet.noneOf(Feature.class));
    }

    /** Whether it goes on with an assistant message that it is given the beginning of. */
    public boolean continuesPrefix() {
      return continuation != Continuation.NONE;
    }
  }
}
