package dev.relevo.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An {@link EmbeddedBroker} for a test or a measurement: on any free port, in a temporary folder
 * that goes with it. Until it is closed it can be stopped, and started again on the port and the
 * data it had. This class is safe for use from several threads.
 */
public final class TemporaryBroker implements AutoCloseable {

  private final Path folder;
  private final String bootstrapServers;
  private @Nullable EmbeddedBroker broker;
  private boolean closed;

  private TemporaryBroker(Path folder, EmbeddedBroker broker) {
    this.folder = folder;
    this.broker = broker;
    this.bootstrapServers = broker.bootstrapServers();
  }

  /**
   * Makes a folder and starts a broker in it; returns when it answers.
   *
   * @throws BrokerStartException if Kafka does not start; nothing is left behind then
   */
  public static TemporaryBroker launch() throws BrokerStartException {
    Path folder = temporaryFolder();
    boolean started = false;
    try {
      TemporaryBroker launched =
          new TemporaryBroker(
              folder, EmbeddedBroker.start(new BrokerOptions(folder, BrokerOptions.FREE_PORT)));
      started = true;
      return launched;
    } finally {
      if (!started) {
        delete(folder);
      }
    }
  }

  /** Where clients connect, {@code host:port}; the same after every start. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** Where its data is. */
  Path folder() {
    return folder;
  }

  /**
   * Starts it on the port and the data it had, unless it runs; returns when it answers.
   *
   * @throws BrokerStartException if Kafka does not start
   * @throws IllegalStateException if it is closed
   */
  public synchronized void start() throws BrokerStartException {
    if (closed) {
      throw new IllegalStateException("a temporary broker that is closed has no data any more");
    }
    if (broker == null) {
      int port =
          Integer.parseInt(bootstrapServers.substring(bootstrapServers.lastIndexOf(':') + 1));
      broker = EmbeddedBroker.start(new BrokerOptions(folder, port));
    }
  }

  /** Stops it cleanly and keeps its data. */
  public synchronized void stop() {
    if (broker != null) {
      broker.close();
      broker = null;
    }
  }

  /** Stops it and removes its data. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      stop();
      delete(folder);
    }
  }

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("relevo-broker");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
