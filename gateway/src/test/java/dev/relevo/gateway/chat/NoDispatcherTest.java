package dev.relevo.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.client.JobClient;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.gateway.http.HttpDoor;
import dev.relevo.testkit.RelevoExtension;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A house whose dispatchers are all gone: nobody says that no node takes a job. */
@Timeout(60)
class NoDispatcherTest {
  private static final String BODY =
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
  private static final String WAIT = "x-relevo-max-wait: 200\r\n";

  @RegisterExtension static final RelevoExtension relevo = RelevoExtension.create().shared();

  private static JobClient client;
  private static HttpDoor door;

  @BeforeAll
  static void open() throws Exception {
    KafkaClients clients = new KafkaClients(new KafkaAccess(relevo.bootstrapServers(), Map.of()));
    TopicLayout topics = new TopicLayout("no-dispatcher", 2, 2, 1);
    try (Admin admin = clients.admin("test-topics")) {
      new TopicAdmin(admin, topics, relevo.bootstrapServers()).ensure();
    }
    client = relevo.clientOptions().topics(topics).connect();
    door = ChatHouse.door(client, new ChatHouse.NothingKnown(), Duration.ofMillis(500));
  }

  @AfterAll
  static void close() {
    door.close();
    client.close();
  }

  @Test
  void aWholeAnswerIsNotWaitedForLongerThanItsJobMayWait() throws Exception {
    try (RawCall call = new RawCall(door.port(), WAIT, BODY)) {
      assertThat(call.head())
          .startsWith("http/1.1 503 ")
          .contains("retry-after: 2\n", "x-relevo-job-id: ");
    }
  }

  @Test
  void aStreamSaysSoInAnEvent() throws Exception {
    String streamed = BODY.replace("{\"model", "{\"stream\":true,\"model");
    try (RawCall call = new RawCall(door.port(), WAIT, streamed)) {
      assertThat(call.head()).startsWith("http/1.1 200 ");
      assertThat(call.rest())
          .contains("server_is_overloaded", "No dispatcher has given job")
          .doesNotContain("[DONE]");
    }
  }

  @Test
  void whoWouldWaitForEverWaitsAndBreaksNothing() throws Exception {
    String forEver = "x-relevo-max-wait: " + Long.MAX_VALUE + "\r\n";
    String streamed = BODY.replace("{\"model", "{\"stream\":true,\"model");
    try (RawCall call = new RawCall(door.port(), forEver, streamed)) {
      assertThat(call.head()).startsWith("http/1.1 200 ");
      assertThat(call.chunk()).startsWith(": job ");
      assertThat(call.chunk()).isEqualTo(": keep-alive\n\n");
    }
  }
}
