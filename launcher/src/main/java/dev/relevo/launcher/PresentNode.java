package dev.relevo.launcher;

import dev.relevo.common.registry.RegisteredNode;
import dev.relevo.operator.Fleet;
import java.util.stream.Collectors;

/** A node that a command names and that has to be there. */
final class PresentNode {
  private PresentNode() {}

  /**
   * The live node of an id.
   *
   * @throws CommandProblem if it is not there
   */
  static RegisteredNode of(Fleet fleet, String node) {
    return fleet.live().stream()
        .filter(other -> other.id().equals(node))
        .findFirst()
        .orElseThrow(() -> {
          String others =
              fleet.live().stream()
                  .map(other -> PlainText.line(other.id()))
                  .collect(Collectors.joining(", "));
          boolean wasLost = fleet.lost().stream().anyMatch(gone -> gone.id().equals(node));
          return CommandProblem.failed(
              "%s; %s."
                  .formatted(
                      wasLost
                          ? "Node "
                              + PlainText.line(node)
                              + " was lost, nobody hears of it any more"
                          : "No node " + PlainText.line(node) + " is there",
                      others.isEmpty() ? "no node beats at all" : "those that beat: " + others));
        });
  }
}
