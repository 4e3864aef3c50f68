package dev.relevo.launcher;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was started in this process, so that it is stopped in the right order: the gateway takes
 * nothing new, nodes finish what they have while there is still a dispatcher that hears of it, and
 * Kafka goes last. Thread-safe.
 */
final class Parts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Parts.class);

  /** In the order in which they stop; those of one kind stop at the same time. */
  enum Kind {
    GATEWAY,
    NODE,
    DISPATCHER,
    BROKER,
    HEALTH
  }

  private record Part(String name, AutoCloseable closeable) {}

  private final Map<Kind, List<Part>> parts = new EnumMap<>(Kind.class);
  private boolean closed;

  /** Takes a part in; one that comes when all others were stopped is stopped at once. */
  <P extends AutoCloseable> P add(Kind kind, String name, P closeable) {
    Part part = new Part(name, closeable);
    boolean late;
    synchronized (this) {
      late = closed;
      parts.computeIfAbsent(kind, any -> new ArrayList<>()).add(part);
    }
    if (late) {
      close(part);
    }
    return closeable;
  }

  /** Stops everything; what fails to stop is logged and does not hold up the rest. */
  @Override
  public void close() {
    List<List<Part>> inOrder;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      inOrder = parts.values().stream().map(List::copyOf).toList();
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (List<Part> together : inOrder) {
        CompletableFuture.allOf(
                together.stream()
                    .map(part -> CompletableFuture.runAsync(() -> close(part), threads))
                    .toArray(CompletableFuture<?>[]::new))
            .join();
      }
    }
  }

  private static void close(Part part) {
    try {
      part.closeable().close();
      LOG.debug("{} has stopped", part.name());
    } catch (Exception e) {
      LOG.warn("{} did not stop cleanly", part.name(), e);
    }
  }
}
