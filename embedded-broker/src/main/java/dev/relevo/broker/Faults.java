package dev.relevo.broker;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import kafka.server.FaultHandlerFactory;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.server.fault.FaultHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Kafka does when it cannot go on. A Kafka server of its own ends its process; here it is a
 * guest in somebody else's, so it ends {@link #stopped()} and the owner decides.
 *
 * <p>Kafka has two ways: fault handlers, which are ours for each broker, and {@link Exit}, which is
 * one for the whole JVM and does not say which broker calls. A call of the second kind is held
 * against every broker that is alive.
 */
final class Faults implements FaultHandlerFactory {

  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
  private static final Set<Faults> ALIVE = ConcurrentHashMap.newKeySet();

  static {
    Exit.setExitProcedure(Faults::exitAsked);
    Exit.setHaltProcedure(Faults::exitAsked);
  }

  private final CompletableFuture<@Nullable Void> stopped = new CompletableFuture<>();

  Faults() {
    ALIVE.add(this);
  }

  /** Ends normally after {@link #closed()}, with a {@link BrokerFailedException} after a fault. */
  CompletableFuture<@Nullable Void> stopped() {
    return stopped;
  }

  /** From now on nothing that Kafka does is a fault of this broker. */
  void closed() {
    ALIVE.remove(this);
    stopped.complete(null);
  }

  void failed(String reason, @Nullable Throwable cause) {
    ALIVE.remove(this);
    String message = "The embedded Kafka broker has stopped (" + reason + "): see its log.";
    stopped.completeExceptionally(
        cause == null
            ? new BrokerFailedException(message)
            : new BrokerFailedException(message, cause));
  }

  @Override
  public FaultHandler build(String name, boolean fatal, Runnable action) {
    return (message, cause) -> {
      LOG.error("Kafka {} fault: {}", name, message, cause);
      action.run();
      if (fatal) {
        failed(name + ": " + message, cause);
      }
      return new BrokerFailedException(name + ": " + message, cause);
    };
  }

  private static void exitAsked(int status, @Nullable String message) {
    String reason = message == null ? "status " + status + ", mostly a full or lost disk" : message;
    LOG.error("Kafka asked to end the process: {}", reason);
    for (Faults faults : ALIVE) {
      faults.failed(reason, null);
    }
  }
}
