package dev.relevo.testkit;

import dev.relevo.common.protocol.Delta;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One call of a node to a scripted model, as it stands at a moment. A job has one for each of its
 * attempts that came so far.
 *
 * @param node the node that called
 * @param model what it asked for
 * @param body the OpenAI request
 * @param prefix the beginning of the answer that the model was given to continue; null if it was
 *     asked from the start
 * @param pieces what the model has given, in this call
 * @param state how far it is
 * @param outcome how it ended, for people; empty until then
 */
public record ModelCall(
    String node,
    String model,
    ObjectNode body,
    @Nullable String prefix,
    List<Delta> pieces,
    State state,
    String outcome) {

  public ModelCall {
    pieces = List.copyOf(pieces);
  }

  /** How far a call is. */
  public enum State {
    /** It runs, or waits for time to pass. */
    RUNNING,
    /** It stands where the script holds it. */
    HELD,
    /** It has ended, one way or another. */
    ENDED
  }

  /** What the user said last, empty if nobody said anything. */
  public String question() {
    return question(body);
  }

  /** The visible text that was given in this call. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (Delta piece : pieces) {
      text.append(piece.content() == null ? "" : piece.content());
    }
    return text.toString();
  }

  static String question(JsonNode body) {
    String question = "";
    for (JsonNode message : body.path("messages").values()) {
      if (message.path("role").stringValue("").equals("user")) {
        question = text(message.path("content"));
      }
    }
    return question;
  }

  private static String text(JsonNode content) {
    if (!content.isArray()) {
      return content.stringValue("");
    }
    StringBuilder text = new StringBuilder();
    for (JsonNode part : content.values()) {
      text.append(part.path("text").stringValue(""));
    }
    return text.toString();
  }
}
