package dev.relevo.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a user reads when the broker cannot start. */
@Timeout(60)
class BrokerStartTest {

  @TempDir Path folder;

  @Test
  void namesThePortThatIsInUse() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertRefused(folder, taken.getLocalPort())
          .contains("port " + taken.getLocalPort())
          .contains("choose another port");
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void namesTheFolderThatAnotherBrokerOfThisJvmUses() throws Exception {
    try (EmbeddedBroker first = EmbeddedBroker.start(new BrokerOptions(folder, 0))) {
      assertThat(first.bootstrapServers()).startsWith("127.0.0.1:");
      assertRefused(folder, 0).contains(folder.toString()).contains("in use by another broker");
    }
  }

  @Test
  void namesTheFolderThatAnotherProcessUses() throws Exception {
    Process other = LockHolder.start(folder.resolve("relevo.lock"));
    try (var stdin = other.getOutputStream()) {
      assertRefused(folder, 0).contains(folder.toString()).contains("in use by another broker");
      assertThat(stdin).isNotNull();
    }
    assertThat(other.waitFor()).isZero();
  }

  @Test
  void namesTheFolderThatAKafkaOfAnotherProcessUses() throws Exception {
    EmbeddedBroker.start(new BrokerOptions(folder, 0)).close();
    Process other = LockHolder.start(folder.resolve(".lock"));
    try (var stdin = other.getOutputStream()) {
      assertRefused(folder, 0).contains("in use by another broker");
      assertThat(stdin).isNotNull();
    }
    assertThat(other.waitFor()).isZero();
  }

  @Test
  void leavesAFolderAloneThatHoldsOtherThings() throws Exception {
    Path letter = Files.writeString(folder.resolve("letter.txt"), "Dear");

    assertRefused(folder, 0).contains("letter.txt").contains("choose an empty or new folder");
    assertThat(folder).isDirectoryContaining(letter::equals);
    assertThat(folder.resolve("relevo.lock")).doesNotExist();
  }

  @Test
  void refusesTheFolderOfAnotherKafkaNode() throws Exception {
    Files.writeString(
        folder.resolve("meta.properties"),
        "version=1\ncluster.id=AAAAAAAAAAAAAAAAAAAAAA\nnode.id=17\n");

    assertRefused(folder, 0).contains("belongs to another Kafka broker").contains("17");
  }

  @Test
  void namesAFolderThatCannotBeMade() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");

    assertRefused(file.resolve("data"), 0)
        .contains(file.resolve("data").toString())
        .contains("make it a writable folder or choose another");
  }

  @Test
  void formatsAgainAfterAnInterruptedFirstStart() throws Exception {
    Files.writeString(folder.resolve("bootstrap.checkpoint"), "half");

    try (EmbeddedBroker broker = EmbeddedBroker.start(new BrokerOptions(folder, 0))) {
      KafkaProbe probe = new KafkaProbe(broker.bootstrapServers());
      probe.createTopic("works");
      probe.send("works", new byte[] {1});
      assertThat(probe.readAndCommit("works", "readers", 1)).containsExactly(new byte[] {1});
    }
  }

  @Test
  void checksThePortsRange() {
    assertThatThrownBy(() -> new BrokerOptions(folder, 65_536))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("65536");
  }

  private static AbstractStringAssert<?> assertRefused(Path data, int port) {
    BrokerStartException refused =
        catchThrowableOfType(
            BrokerStartException.class,
            () -> EmbeddedBroker.start(new BrokerOptions(data, port)).close());
    return assertThat(refused.getMessage()).doesNotContain("\n").endsWith(".");
  }
}
