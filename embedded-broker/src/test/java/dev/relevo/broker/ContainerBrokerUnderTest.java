package dev.relevo.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.testcontainers.kafka.KafkaContainer;

/**
 * Apache Kafka's official image, with the settings of our own broker. This class alone knows
 * Testcontainers, so that it is loaded only where a container was chosen.
 */
final class ContainerBrokerUnderTest implements BrokerUnderTest {

  private static final String IMAGE = "apache/kafka:4.3.1";
  private static final int KAFKA_PORT = 9092;
  private static final int STOP_TIMEOUT_SECONDS = 20;
  private static final int START_TIMEOUT_MS = 60_000;

  private final KafkaContainer container;
  private boolean running = true;

  ContainerBrokerUnderTest() {
    container = new KafkaContainer(IMAGE);
    BrokerSettings.behaviour().forEach(this::set);
    // A port of Docker's own choosing would be another one after a restart.
    container.setPortBindings(List.of(freePort() + ":" + KAFKA_PORT));
    container.start();
  }

  @Override
  public String bootstrapServers() {
    return container.getBootstrapServers();
  }

  @Override
  public synchronized void start() {
    if (!running) {
      container.getDockerClient().startContainerCmd(container.getContainerId()).exec();
      awaitAnswer();
      running = true;
    }
  }

  @Override
  public synchronized void stop() {
    if (running) {
      container
          .getDockerClient()
          .stopContainerCmd(container.getContainerId())
          .withTimeout(STOP_TIMEOUT_SECONDS)
          .exec();
      running = false;
    }
  }

  @Override
  public void close() {
    container.stop();
  }

  private void set(String key, String value) {
    if (!value.isEmpty()) {
      container.withEnv("KAFKA_" + key.toUpperCase(Locale.ROOT).replace('.', '_'), value);
    }
  }

  private void awaitAnswer() {
    Map<String, Object> settings =
        Map.of(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers(),
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
            START_TIMEOUT_MS);
    try (Admin admin = Admin.create(settings)) {
      admin.describeCluster().nodes().get(START_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("The Kafka container does not answer after its restart", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while the Kafka container restarted", e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
