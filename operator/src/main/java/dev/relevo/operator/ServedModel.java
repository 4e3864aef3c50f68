package dev.relevo.operator;

import dev.relevo.common.protocol.NodeBeat.Health;
import java.util.List;

/**
 * A model that could be asked for at a moment.
 *
 * @param model its name
 * @param servers who serves it, one or more
 */
public record ServedModel(String model, List<Server> servers) {
  public ServedModel {
    servers = List.copyOf(servers);
    if (servers.isEmpty()) {
      throw new IllegalArgumentException("model " + model + " has no server, expected one or more");
    }
  }

  /**
   * A backend of a live node that serves it.
   *
   * @param node the node's id
   * @param backend its name, unique in the node
   * @param type the adapter's name
   * @param health never {@link Health#UNAVAILABLE}
   */
  public record Server(String node, String backend, String type, Health health) {}

  /** The best there is: {@link Health#BUSY} only where all of them are. */
  public Health health() {
    return servers.stream().anyMatch(server -> server.health() == Health.AVAILABLE)
        ? Health.AVAILABLE
        : Health.BUSY;
  }
}
