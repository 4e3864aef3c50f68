package dev.relevo.broker;

import java.nio.file.Path;
import java.util.Objects;

/**
 * What an {@link EmbeddedBroker} is started with.
 *
 * @param dataDirectory the folder that holds Kafka's data and keeps it between starts; made and
 *     formatted when it is missing or empty
 * @param port the TCP port for clients on loopback, 1 to 65535, or {@link #FREE_PORT} for any that
 *     is free
 */
public record BrokerOptions(Path dataDirectory, int port) {

  /** Kafka's customary port. */
  public static final int DEFAULT_PORT = 9092;

  /** Asks the system for any free port. */
  public static final int FREE_PORT = 0;

  private static final int MAX_PORT = 65_535;

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if the port is out of range
   */
  public BrokerOptions {
    Objects.requireNonNull(dataDirectory, "dataDirectory");
    if (port < FREE_PORT || port > MAX_PORT) {
      throw new IllegalArgumentException("port is not within 0.." + MAX_PORT + ": " + port);
    }
  }
}
