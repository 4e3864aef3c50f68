package dev.relevo.dispatcher.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.dispatcher.core.Effect;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class BodyReaderTest {
  @Test
  @Timeout(60)
  void aReaderThatCannotEvenBeginIsStartedAgainAndTheLoopGoesOn() throws Exception {
    CountDownLatch crashes = new CountDownLatch(3);
    AtomicInteger told = new AtomicInteger();
    KafkaClients nowhere = new KafkaClients(KafkaAccess.to("there-is-no-such-host.invalid:9092"));
    Answers answers = new Answers(told::incrementAndGet);
    try (BodyReader reader =
        new BodyReader(
            nowhere,
            new TopicNames("relevo"),
            "d-1",
            answers,
            new Supervisor("d-1", part -> crashes::countDown).part("body reader"))) {
      reader.want(new Effect.ReadBody(0, "job", Lane.JOBS, 0));

      assertThat(crashes.await(40, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(told).as("nothing that ends the dispatcher").hasValue(0);
  }
}
