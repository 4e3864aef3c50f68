package dev.relevo.dispatcher.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.relevo.broker.TestBroker;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.dispatcher.core.Effect;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;

class ReplyDeskTest {
  @Test
  void whatKafkaRefusesForGoodIsGivenUp() {
    assertThat(ReplyDesk.isRefusal(new RecordTooLargeException("large"))).isTrue();
    assertThat(ReplyDesk.isRefusal(new TopicAuthorizationException(Set.of("a")))).isTrue();
  }

  @Test
  void whatARestartBringsAboutIsTriedAgain() {
    assertThat(ReplyDesk.isRefusal(new TimeoutException("no broker"))).isFalse();
    assertThat(ReplyDesk.isRefusal(new SaslAuthenticationException("not yet"))).isFalse();
    assertThat(ReplyDesk.isRefusal(new KafkaException("Failed to construct kafka consumer")))
        .isFalse();
  }

  @Test
  void aReaderThatCannotEvenBeMadeIsTriedAgain() {
    ReplyReader reader =
        new ReplyReader(new KafkaClients(KafkaAccess.to("no-such-broker.invalid:9092")), "d1");
    Effect.ReadBack readBack = new Effect.ReadBack(0, "job", new ReplyPlace("r", 0, 0), 1);

    RuntimeException failure =
        catchThrowableOfType(RuntimeException.class, () -> reader.terminal(readBack));

    assertThat(failure).isNotNull();
    assertThat(ReplyDesk.isRefusal(failure)).isFalse();
  }

  @Test
  void aPlaceThatVanishesBeforeItIsReadIsNotWaitedForLong() throws Exception {
    KafkaClients clients = new KafkaClients(KafkaAccess.to(TestBroker.shared().bootstrapServers()));
    String topic = "vanishing-" + UUID.randomUUID();
    try (Admin admin = clients.admin("test")) {
      admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
      admin.deleteTopics(List.of(topic)).all().get();
    }
    Effect.ReadBack readBack = new Effect.ReadBack(0, "job", new ReplyPlace(topic, 0, 0), 0);

    TimeoutException failure =
        catchThrowableOfType(
            TimeoutException.class, () -> new ReplyReader(clients, "d1").terminal(readBack));

    assertThat(failure).hasMessage(topic + "-0 is not there any more");
  }
}
