package dev.relevo.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TestBrokerTest {

  @Test
  void sharesOneBroker() throws Exception {
    TestBroker broker = TestBroker.shared();
    broker.close();
    new KafkaProbe(broker.bootstrapServers()).createTopic("test-broker.shared");

    assertThat(TestBroker.shared()).isSameAs(broker);
    assertThatThrownBy(broker::stop).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void startsAFreshBrokerAgainWithItsDataOnItsPort() throws Exception {
    try (TestBroker broker = TestBroker.fresh()) {
      String servers = broker.bootstrapServers();
      KafkaProbe probe = new KafkaProbe(servers);
      probe.createTopic("kept");
      probe.send("kept", "one".getBytes(UTF_8));

      broker.stop();
      assertThatThrownBy(() -> probe.send("kept", "lost".getBytes(UTF_8))).isNotNull();
      broker.start();

      assertThat(broker.bootstrapServers()).isEqualTo(servers);
      assertThat(probe.readAndCommit("kept", "readers", 1)).containsExactly("one".getBytes(UTF_8));
    }
  }

  @Test
  void refusesAnUnknownKind() {
    assertThatThrownBy(() -> TestBrokerKind.parse("docker"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("embedded, container or auto");
    assertThat(TestBrokerKind.parse("Embedded")).isEqualTo(TestBrokerKind.EMBEDDED);
  }
}
