package dev.relevo.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.supervision.Supervisor;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class EventSenderTest {
  private static final Fence FENCE = new Fence(3, 7, 1);
  private static final EventRecord EVENT = new EventRecord.Accepted("attic", "incarnation-1", null);

  private final MockProducer<String, byte[]> producer =
      new MockProducer<>(false, null, new StringSerializer(), new ByteArraySerializer());
  private final EventSender events =
      new EventSender(producer, "relevo.events", Supervisor.uncounted("test").part("flush"));
  private final AtomicInteger acknowledged = new AtomicInteger();

  private void send() {
    events.send("job", FENCE, EVENT, acknowledged::incrementAndGet);
  }

  @Test
  void anEventIsSentAgainUntilKafkaHasIt() {
    send();
    producer.errorNext(new TimeoutException("no broker"));
    assertThat(acknowledged).hasValue(0);

    events.resend();
    producer.completeNext();

    assertThat(producer.history()).hasSize(2);
    assertThat(acknowledged).hasValue(1);
  }

  @Test
  void aNodeThatIsGoneSaysNothingAndBreaksNothing() {
    producer.close();

    assertThatCode(this::send).doesNotThrowAnyException();

    assertThat(acknowledged).hasValue(0);
  }

  @Test
  void anEventThatTheProducerThrewBackWaitsLikeAnyOther() {
    producer.sendException = new KafkaException("Producer closed while send in progress");
    assertThatCode(this::send).doesNotThrowAnyException();

    producer.sendException = null;
    events.resend();
    producer.completeNext();

    assertThat(acknowledged).hasValue(1);
  }

  @Test
  void whoseEndIsTooLargeForKafkaIsNotListedForEver() {
    EventRecord finished =
        new EventRecord.Finished(
            "attic", "incarnation-1", AttemptOutcome.SUCCEEDED, null, null, null, null, null, 1, 2);
    events.send("job", FENCE, finished, acknowledged::incrementAndGet);

    producer.errorNext(new RecordTooLargeException("a megabyte"));

    assertThat(acknowledged).hasValue(1);
    events.resend();
    assertThat(producer.history()).hasSize(1);
  }

  @Test
  void nobodyGoesOnBehindAnAcceptedThatWasDropped() {
    send();

    producer.errorNext(new RecordTooLargeException("a megabyte"));

    assertThat(acknowledged).hasValue(0);
  }
}
