package dev.relevo.broker;

/**
 * The Kafka broker of every module's integration tests. {@value TestBrokerKind#SETTING}, an
 * environment variable or a system property, says which: {@code embedded} (this JVM), {@code
 * container} (Apache Kafka's image through Testcontainers) or {@code auto}, the default: a
 * container where a Docker engine answers within two seconds, else embedded.
 *
 * <p>Tests that share the broker keep apart by a topic prefix of their own.
 */
public final class TestBroker implements AutoCloseable {

  private final BrokerUnderTest broker;
  private final boolean shared;

  private TestBroker(BrokerUnderTest broker, boolean shared) {
    this.broker = broker;
    this.shared = shared;
  }

  /** The one broker of this JVM, started on first use and stopped when the JVM ends. */
  public static TestBroker shared() {
    return Shared.BROKER;
  }

  /** A broker of one's own, for tests that stop it; the caller closes it. */
  public static TestBroker fresh() {
    return new TestBroker(TestBrokerKind.chosen().launch(), false);
  }

  /** Where clients connect: {@code host:port}, the same after every start. */
  public String bootstrapServers() {
    return broker.bootstrapServers();
  }

  /**
   * Starts a stopped broker again on the same port and data; returns when it answers.
   *
   * @throws IllegalStateException if this is the shared broker
   */
  public void start() {
    requireOwn();
    broker.start();
  }

  /**
   * Stops the broker cleanly and keeps its data.
   *
   * @throws IllegalStateException if this is the shared broker
   */
  public void stop() {
    requireOwn();
    broker.stop();
  }

  /** Stops a broker of one's own and removes its data; leaves the shared one alone. */
  @Override
  public void close() {
    if (!shared) {
      broker.close();
    }
  }

  private void requireOwn() {
    if (shared) {
      throw new IllegalStateException("The shared broker is not one test's to stop: use fresh()");
    }
  }

  /** Holds the shared broker: the JVM makes it once, on first use. */
  private static final class Shared {

    static final TestBroker BROKER = launch();

    private static TestBroker launch() {
      BrokerUnderTest broker = TestBrokerKind.chosen().launch();
      Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "test-broker-stop"));
      return new TestBroker(broker, true);
    }
  }
}
