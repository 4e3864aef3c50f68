package dev.relevo.broker;

/** One way to have a real Kafka broker in a test, which can be stopped and started again. */
interface BrokerUnderTest extends AutoCloseable {

  /** Where clients connect; the same after every start. */
  String bootstrapServers();

  /** Starts it on the port and the data it had; returns when it answers. */
  void start();

  /** Stops it cleanly and keeps its data. */
  void stop();

  /** Stops it and removes its data. */
  @Override
  void close();
}
