package dev.relevo.common.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.kafka.KafkaProblem.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class KafkaClientsTest {
  private static KafkaClients with(Map<String, String> properties) {
    return new KafkaClients(new KafkaAccess("localhost:9092", properties));
  }

  @ParameterizedTest
  @EnumSource(ProducerProfile.class)
  void everyProducerIsIdempotentAndFitsItsLimits(ProducerProfile profile) {
    Map<String, Object> settings = with(Map.of()).producerSettings(profile, "p");

    assertThat(settings)
        .containsEntry("acks", "all")
        .containsEntry("enable.idempotence", true)
        .containsEntry("linger.ms", profile.lingerMs())
        .containsEntry("metadata.recovery.strategy", "none")
        .containsEntry("bootstrap.servers", "localhost:9092")
        .containsEntry("client.id", "p");
    assertThat((int) settings.get("delivery.timeout.ms"))
        .isGreaterThanOrEqualTo((int) settings.get("request.timeout.ms"));
    assertThat((long) settings.get("buffer.memory"))
        .isGreaterThanOrEqualTo((int) settings.get("max.request.size"));
    with(Map.of()).producer(profile, "p").close(Duration.ZERO);
  }

  @Test
  void whatAReaderWaitsForIsSentAtOnce() {
    assertThat(List.of(ProducerProfile.values()))
        .filteredOn(profile -> profile.lingerMs() == 0)
        .containsExactly(
            ProducerProfile.JOBS, ProducerProfile.REPLIES, ProducerProfile.ASSIGNMENTS);
  }

  @Test
  void whoeverScansFetchesMuchAndHardlyWaits() {
    assertThat(with(Map.of()).scanSettings("c"))
        .containsEntry("fetch.max.wait.ms", 5)
        .containsEntry("max.partition.fetch.bytes", 4 << 20)
        .containsEntry("receive.buffer.bytes", 1 << 20)
        .containsEntry("max.poll.records", 4_000)
        .containsEntry("auto.offset.reset", "earliest")
        .containsEntry("isolation.level", "read_uncommitted");
    assertThat(with(Map.of("max.partition.fetch.bytes", "1000")).scanSettings("c"))
        .as("the user's properties win")
        .containsEntry("max.partition.fetch.bytes", "1000");
  }

  @Test
  void whoeverReadsSingleRecordsFetchesOneBatchAndNothingAhead() {
    assertThat(with(Map.of()).singleSettings("c"))
        .containsEntry("fetch.max.wait.ms", 5)
        .containsEntry("max.partition.fetch.bytes", 1)
        .containsEntry("max.poll.records", 1)
        .containsEntry("auto.offset.reset", "none");
  }

  @Test
  void consumersNeitherCommitNorCreateNorWaitForTransactions() {
    assertThat(with(Map.of()).assignedSettings("c", FetchWait.CHANGING, Start.NONE))
        .containsEntry("enable.auto.commit", false)
        .containsEntry("allow.auto.create.topics", false)
        .containsEntry("isolation.level", "read_uncommitted")
        .containsEntry("auto.offset.reset", "none")
        .containsEntry("fetch.max.wait.ms", 20)
        .doesNotContainKey("group.id");
    with(Map.of()).assignedConsumer("c", FetchWait.STEADY, Start.EARLIEST).close();
  }

  @Test
  void groupMembersHaveAShortClassicSession() {
    assertThat(with(Map.of()).groupSettings("g", "c", Duration.ofSeconds(6)))
        .containsEntry("group.id", "g")
        .containsEntry("group.protocol", "classic")
        .containsEntry("session.timeout.ms", 6_000)
        .containsEntry("heartbeat.interval.ms", 300)
        .containsEntry("auto.offset.reset", "earliest")
        .containsEntry(
            "partition.assignment.strategy", "org.apache.kafka.clients.consumer.RangeAssignor");
    with(Map.of()).groupConsumer("g", "c", Duration.ofSeconds(6)).close();
  }

  @Test
  void theUsersPropertiesWinWhereTheProtocolIsSilent() {
    KafkaClients clients =
        with(
            Map.of(
                "linger.ms", "7",
                "security.protocol", "SSL",
                "max.poll.records", "3",
                "my.plugin.key", "k",
                "client.id", "shop"));

    assertThat(clients.producerSettings(ProducerProfile.JOBS, "jobs"))
        .containsEntry("linger.ms", "7")
        .containsEntry("security.protocol", "SSL")
        .containsEntry("my.plugin.key", "k")
        .containsEntry("client.id", "shop-jobs")
        .doesNotContainKey("max.poll.records");
    assertThat(clients.adminSettings("admin")).doesNotContainKey("linger.ms");
  }

  @ParameterizedTest
  @CsvSource({"acks,1", "isolation.level,read_committed", "group.id,mine", "transactional.id,t"})
  void whatTheProtocolFixesCannotBeChanged(String name, String value) {
    assertThatThrownBy(() -> with(Map.of(name, value)).adminSettings("a"))
        .isInstanceOfSatisfying(
            KafkaProblem.class, e -> assertThat(e.kind()).isEqualTo(Kind.BAD_SETTING))
        .hasMessageStartingWith("kafka.properties sets " + name + " to '" + value + "', but");
  }

  @Test
  void sayingWhatIsFixedAnywayIsNoMistake() {
    Map<String, String> properties =
        Map.of("acks", "all", "bootstrap.servers", "localhost:9092", "enable.auto.commit", "false");

    assertThat(with(properties).adminSettings("a")).containsKey("bootstrap.servers");
  }

  @Test
  void anotherAddressInThePropertiesIsAMistake() {
    assertThatThrownBy(() -> with(Map.of("bootstrap.servers", "other:1")).adminSettings("a"))
        .hasMessageContaining("set by kafka.bootstrap-servers");
  }

  @Test
  void saysThatNobodyAnswers() {
    KafkaClients clients = new KafkaClients(KafkaAccess.to("127.0.0.1:1"));

    assertThatThrownBy(() -> clients.awaitReachable(Duration.ofMillis(300)))
        .isInstanceOfSatisfying(
            KafkaProblem.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE))
        .hasMessageContaining("127.0.0.1:1")
        .hasMessageContaining("relevo up");
  }

  @ParameterizedTest
  @CsvSource({"nowhere", "no-such-host.invalid:9092", "localhost:notaport"})
  void saysThatTheAddressIsWrong(String servers) {
    KafkaClients clients = new KafkaClients(KafkaAccess.to(servers));

    assertThatThrownBy(() -> clients.awaitReachable(Duration.ofSeconds(1)))
        .isInstanceOfSatisfying(
            KafkaProblem.class, e -> assertThat(e.kind()).isEqualTo(Kind.BAD_ADDRESS))
        .hasMessageContaining("'" + servers + "'");
  }

  @Test
  void anEmptyAddressIsNamedAtOnce() {
    assertThatThrownBy(() -> KafkaAccess.to(" ")).hasMessageContaining("HOST:PORT");
  }
}
