package dev.relevo.node.backend;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A conversation for servers that want two roles in turn, each turn a list of pieces: what one role
 * says in a row becomes one turn.
 */
final class Turns {
  private final String pieces;
  private final ArrayNode turns = Json.newObject().arrayNode();

  /**
   * A conversation in which nobody has spoken.
   *
   * @param pieces the server's name for the list of a turn's pieces
   */
  Turns(String pieces) {
    this.pieces = pieces;
  }

  /** All of them, in the server's form. */
  ArrayNode all() {
    return turns;
  }

  /** A role says something; nothing if the list is empty. */
  void add(String role, List<ObjectNode> said) {
    if (said.isEmpty()) {
      return;
    }
    ArrayNode begun = last(role);
    if (begun == null) {
      turns.addObject().put("role", role).putArray(pieces).addAll(said);
    } else {
      begun.addAll(said);
    }
  }

  /**
   * Goes on without a break in a text that the role has just ended with.
   *
   * @return false if it has not ended with a text; then nothing was said
   */
  boolean goOn(String role, String text) {
    ArrayNode begun = last(role);
    if (begun != null
        && begun.get(begun.size() - 1) instanceof ObjectNode piece
        && piece.path("text").isString()) {
      piece.put("text", piece.path("text").stringValue("") + text);
      return true;
    }
    return false;
  }

  /** The pieces of the last turn if it is this role's; never empty. */
  private @Nullable ArrayNode last(String role) {
    JsonNode last = turns.isEmpty() ? null : turns.get(turns.size() - 1);
    return last != null
            && role.equals(Json.text(last, "role"))
            && last.path(pieces) instanceof ArrayNode begun
        ? begun
        : null;
  }
}
