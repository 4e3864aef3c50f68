package dev.relevo.broker;

/** Our own {@link EmbeddedBroker} on a temporary folder. */
final class EmbeddedBrokerUnderTest implements BrokerUnderTest {

  private final TemporaryBroker broker;

  EmbeddedBrokerUnderTest() {
    try {
      broker = TemporaryBroker.launch();
    } catch (BrokerStartException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  @Override
  public String bootstrapServers() {
    return broker.bootstrapServers();
  }

  @Override
  public void start() {
    try {
      broker.start();
    } catch (BrokerStartException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  @Override
  public void stop() {
    broker.stop();
  }

  @Override
  public void close() {
    broker.close();
  }
}
