package dev.relevo.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Our own {@link EmbeddedBroker} on a temporary folder. */
final class EmbeddedBrokerUnderTest implements BrokerUnderTest {

  private final Path folder;
  private int port = BrokerOptions.FREE_PORT;
  private String bootstrapServers = "";
  private @Nullable EmbeddedBroker broker;

  EmbeddedBrokerUnderTest() {
    try {
      folder = Files.createTempDirectory("relevo-test-broker");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start();
  }

  @Override
  public synchronized String bootstrapServers() {
    return bootstrapServers;
  }

  @Override
  public synchronized void start() {
    if (broker != null) {
      return;
    }
    try {
      broker = EmbeddedBroker.start(new BrokerOptions(folder, port));
    } catch (BrokerStartException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
    bootstrapServers = broker.bootstrapServers();
    port = Integer.parseInt(bootstrapServers.substring(bootstrapServers.lastIndexOf(':') + 1));
  }

  @Override
  public synchronized void stop() {
    if (broker != null) {
      broker.close();
      broker = null;
    }
  }

  @Override
  public void close() {
    stop();
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
