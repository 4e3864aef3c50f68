package dev.relevo.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.utils.Exit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EmbeddedBrokerTest {

  private static final int EIGHT_MIB = 8 * 1024 * 1024;

  @TempDir Path folder;

  @Test
  void carriesRecordsOfEightMebibytes() throws Exception {
    byte[] value = new byte[EIGHT_MIB];
    new Random(7).nextBytes(value);
    try (EmbeddedBroker broker = start(folder)) {
      KafkaProbe probe = probe(broker);
      probe.createTopic("large");
      probe.send("large", value);

      assertThat(probe.readAndCommit("large", "readers", 1)).containsExactly(value);
    }
  }

  @Test
  void createsNoTopicThatNobodyAskedFor() throws Exception {
    try (EmbeddedBroker broker = start(folder)) {
      assertThatThrownBy(() -> probe(broker).send("never-created", "x".getBytes(UTF_8)))
          .isInstanceOfAny(ExecutionException.class, TimeoutException.class)
          .rootCause()
          .isInstanceOfAny(TimeoutException.class, UnknownTopicOrPartitionException.class);
    }
  }

  @Test
  void keepsTopicsRecordsAndGroupOffsetsBetweenStarts() throws Exception {
    try (EmbeddedBroker broker = start(folder)) {
      KafkaProbe probe = probe(broker);
      probe.createTopic("kept");
      probe.send("kept", "one".getBytes(UTF_8));
      probe.send("kept", "two".getBytes(UTF_8));
      assertThat(texts(probe.readAndCommit("kept", "readers", 1))).containsExactly("one");
    }
    try (EmbeddedBroker broker = start(folder)) {
      KafkaProbe probe = probe(broker);

      assertThat(texts(probe.readAndCommit("kept", "readers", 1))).containsExactly("two");
      probe.send("kept", "three".getBytes(UTF_8));
      assertThat(texts(probe.readAndCommit("kept", "readers", 1))).containsExactly("three");
    }
  }

  @Test
  void startsFromWhatACrashLeaves(@TempDir Path image) throws Exception {
    try (EmbeddedBroker broker = start(folder)) {
      KafkaProbe probe = probe(broker);
      probe.createTopic("kept");
      probe.send("kept", "one".getBytes(UTF_8));
      // The files as they are under a running broker are what the end of its process leaves.
      copy(folder, image.resolve("data"));
    }
    try (EmbeddedBroker broker = start(image.resolve("data"))) {
      assertThat(texts(probe(broker).readAndCommit("kept", "readers", 1))).containsExactly("one");
    }
  }

  @Test
  void listensOnLoopbackOnly() throws Exception {
    try (EmbeddedBroker broker = start(folder)) {
      int port = port(broker);
      assertThat(connects(InetAddress.getLoopbackAddress(), port)).isTrue();

      List<InetAddress> others =
          NetworkInterface.networkInterfaces()
              .flatMap(NetworkInterface::inetAddresses)
              .filter(address -> !address.isLoopbackAddress())
              .toList();
      assertThat(others).noneMatch(address -> connects(address, port));
    }
  }

  @Test
  void freesPortAndFolderWhenClosed() throws Exception {
    EmbeddedBroker first = start(folder);
    int port = port(first);
    first.close();
    first.close();

    assertThat(first.stopped().toCompletableFuture().get(1, TimeUnit.SECONDS)).isNull();
    try (EmbeddedBroker second = EmbeddedBroker.start(new BrokerOptions(folder, port))) {
      assertThat(port(second)).isEqualTo(port);
    }
  }

  @Test
  void tellsWhenKafkaAsksToEndTheProcess() throws Exception {
    try (EmbeddedBroker broker = start(folder)) {
      Exit.halt(1, "no usable disk");

      assertThatThrownBy(() -> broker.stopped().toCompletableFuture().get(1, TimeUnit.SECONDS))
          .cause()
          .isInstanceOf(BrokerFailedException.class)
          .hasMessageContaining("no usable disk");
    }
  }

  @Test
  void tellsWhenItsFolderIsLost() throws Exception {
    Path data = folder.resolve("data");
    try (EmbeddedBroker broker = start(data)) {
      Files.move(data, folder.resolve("elsewhere"));
      // The controller still agrees; it is the broker that cannot make the topic's folder.
      probe(broker).createTopic("lost");

      assertThatThrownBy(() -> broker.stopped().toCompletableFuture().get(20, TimeUnit.SECONDS))
          .cause()
          .isInstanceOf(BrokerFailedException.class);
    }
  }

  private static EmbeddedBroker start(Path folder) throws BrokerStartException {
    return EmbeddedBroker.start(new BrokerOptions(folder, BrokerOptions.FREE_PORT));
  }

  private static KafkaProbe probe(EmbeddedBroker broker) {
    return new KafkaProbe(broker.bootstrapServers());
  }

  private static int port(EmbeddedBroker broker) {
    return Integer.parseInt(broker.bootstrapServers().replace("127.0.0.1:", ""));
  }

  private static List<String> texts(List<byte[]> values) {
    return values.stream().map(value -> new String(value, UTF_8)).toList();
  }

  private static boolean connects(InetAddress address, int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), 1_000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    }
  }
}
