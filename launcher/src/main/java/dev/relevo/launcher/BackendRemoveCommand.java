package dev.relevo.launcher;

import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.registry.RegisteredNode;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code relevo backend remove}. */
@Command(
    name = "remove",
    description = {
      "Takes a backend away from nodes: it is given nothing new, what runs on it ends there. One"
          + " that stands in a node's file comes back when the node starts again."
    },
    footer = {
      "",
      "Example:",
      "  ./relevo backend remove cloud",
      "  ./relevo backend remove cloud --node attic"
    })
final class BackendRemoveCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();
  @Mixin private final BackendOrderWork work = new BackendOrderWork();

  @Parameters(paramLabel = "NAME", description = "The backend, as ./relevo backend list shows it.")
  private String name = "";

  BackendRemoveCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    return work.run(
        terminal,
        options.load(terminal.environment()).kafka(),
        () -> new ControlRecord.BackendRemove(work.node(), name),
        this::thoseThatHaveIt);
  }

  private List<RegisteredNode> thoseThatHaveIt(List<RegisteredNode> nodes) {
    List<RegisteredNode> having =
        nodes.stream().filter(node -> BackendOrderWork.has(node, name)).toList();
    if (having.isEmpty()) {
      String known =
          nodes.stream()
              .flatMap(node -> node.beat().backends().stream())
              .map(backend -> PlainText.line(backend.name()))
              .distinct()
              .sorted()
              .collect(Collectors.joining(", "));
      throw CommandProblem.failed(
          "%s backend %s; there are: %s."
              .formatted(
                  nodes.size() == 1
                      ? "Node " + PlainText.line(nodes.getFirst().id()) + " has no"
                      : "No node has a",
                  PlainText.line(name),
                  known.isEmpty() ? "none" : known));
    }
    return having;
  }
}
