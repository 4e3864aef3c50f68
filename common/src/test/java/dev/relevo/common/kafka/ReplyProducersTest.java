package dev.relevo.common.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReplyProducersTest {
  private final List<Recording> made = new CopyOnWriteArrayList<>();
  private final AtomicInteger failures = new AtomicInteger();

  /** A producer that tells what it was given and when it is closed. */
  private static final class Recording extends MockProducer<String, byte[]> {
    final CompletableFuture<Duration> closed = new CompletableFuture<>();

    Recording() {
      super(true, null, new StringSerializer(), new ByteArraySerializer());
    }

    @Override
    public void close(Duration timeout) {
      super.close(timeout);
      closed.complete(timeout);
    }

    List<String> topics() {
      return history().stream().map(ProducerRecord::topic).toList();
    }
  }

  private Producer<String, byte[]> make() {
    if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw new KafkaProblem(KafkaProblem.Kind.UNREACHABLE, "No Kafka.", null);
    }
    Recording producer = new Recording();
    made.add(producer);
    return producer;
  }

  private static void write(ReplyProducers producers, String topic) {
    try (ReplyProducers.Lease lease = producers.lease(topic)) {
      lease.send(new ProducerRecord<>(topic, new byte[0]), (sent, failure) -> {});
    }
  }

  private static void writeToMany(ReplyProducers producers, int from, int to) {
    IntStream.range(from, to).forEach(i -> write(producers, "topic-" + i));
  }

  @Test
  void oneProducerServesATopicAgainAndAgain() {
    try (ReplyProducers producers = new ReplyProducers(number -> make())) {
      IntStream.range(0, 2 * ReplyProducers.MAX_TOPICS).forEach(i -> write(producers, "inbox"));

      assertThat(made).hasSize(1);
      assertThat(made.getFirst().history()).hasSize(2 * ReplyProducers.MAX_TOPICS);
    }
  }

  @Test
  void noProducerLearnsOfMoreTopicsThanItsBoundAndTheOldOnesAreClosed() throws Exception {
    int topics = 5 * ReplyProducers.MAX_TOPICS;
    try (ReplyProducers producers = new ReplyProducers(number -> make())) {
      writeToMany(producers, 0, topics);

      assertThat(made).hasSizeBetween(5, 6);
      assertThat(made)
          .allSatisfy(producer ->
              assertThat(producer.topics())
                  .hasSizeLessThanOrEqualTo(ReplyProducers.MAX_TOPICS)
                  .doesNotHaveDuplicates());
      assertThat(made.stream().mapToInt(producer -> producer.topics().size()).sum())
          .isEqualTo(topics);
      for (Recording old : made.subList(0, 4)) {
        assertThat(old.closed.get(20, TimeUnit.SECONDS)).isPositive();
      }
    }
    assertThat(made).allSatisfy(producer -> producer.closed.get(20, TimeUnit.SECONDS));
  }

  @Test
  void aLeaseKeepsItsProducerOpen() throws Exception {
    try (ReplyProducers producers = new ReplyProducers(number -> make())) {
      ReplyProducers.Lease early = producers.lease("early");
      writeToMany(producers, 0, 3 * ReplyProducers.MAX_TOPICS);
      made.get(1).closed.get(20, TimeUnit.SECONDS);

      assertThat(made.getFirst().closed()).isFalse();
      early.send(new ProducerRecord<>("early", new byte[0]), (sent, failure) -> {});
      assertThat(made.getFirst().topics()).endsWith("early");

      early.close();
      assertThat(made.getFirst().closed.get(20, TimeUnit.SECONDS)).isPositive();
    }
  }

  @Test
  void theOldProducerGoesOnUntilANewOneStarts() throws Exception {
    try (ReplyProducers producers = new ReplyProducers(number -> make())) {
      failures.set(1);
      writeToMany(producers, 0, 4 * ReplyProducers.MAX_TOPICS);

      assertThat(failures).hasValue(0);
      assertThat(made.stream().mapToInt(producer -> producer.topics().size()).sum())
          .isEqualTo(4 * ReplyProducers.MAX_TOPICS);
      assertThat(made.getFirst().closed.get(20, TimeUnit.SECONDS)).isPositive();
    }
  }

  @Test
  void whereNoneStartsTheOnlyOneServesAll() {
    try (ReplyProducers producers = new ReplyProducers(number -> make())) {
      failures.set(Integer.MAX_VALUE);
      writeToMany(producers, 0, 2 * ReplyProducers.MAX_TOPICS);

      assertThat(made).hasSize(1);
      assertThat(made.getFirst().topics()).hasSize(2 * ReplyProducers.MAX_TOPICS);
    }
  }
}
