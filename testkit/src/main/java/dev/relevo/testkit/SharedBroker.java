package dev.relevo.testkit;

import dev.relevo.broker.BrokerStartException;
import dev.relevo.broker.TemporaryBroker;
import org.jspecify.annotations.Nullable;

/** A Kafka for the houses of many test classes; closed when all tests have run. */
final class SharedBroker implements AutoCloseable {
  private @Nullable TemporaryBroker broker;

  synchronized String bootstrapServers() {
    if (broker == null) {
      try {
        broker = TemporaryBroker.launch();
      } catch (BrokerStartException e) {
        throw new IllegalStateException(e.getMessage(), e);
      }
    }
    return broker.bootstrapServers();
  }

  @Override
  public synchronized void close() {
    if (broker != null) {
      broker.close();
    }
  }
}
