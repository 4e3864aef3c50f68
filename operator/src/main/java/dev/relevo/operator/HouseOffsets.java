package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.protocol.TopicNames;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** How far dispatchers are, asked again and again by somebody who stays. Thread-safe. */
final class HouseOffsets implements AutoCloseable {
  private static final Duration CATCH_UP_BOUND = Duration.ofSeconds(5);

  private final KafkaClients clients;
  private final TopicNames topics;
  private final Admin admin;

  HouseOffsets(KafkaClients clients, TopicNames topics) {
    this.clients = clients;
    this.topics = topics;
    this.admin = clients.admin("relevo-live-offsets");
  }

  /** A question to Kafka. */
  private interface Call<T> {
    T answer() throws ExecutionException, InterruptedException, TimeoutException;
  }

  /**
   * The offsets behind all that dispatchers have done with, by partition of the lanes; a partition
   * that they have not begun with is not in it.
   *
   * @throws KafkaProblem when Kafka does not answer
   */
  Map<TopicPartition, Long> committed() {
    Map<TopicPartition, OffsetAndMetadata> done =
        ask("looking how far dispatchers are", () -> LaneLag.committed(admin, topics));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    done.forEach((partition, offset) -> {
      if (offset != null) {
        offsets.put(partition, offset.offset());
      }
    });
    return offsets;
  }

  /**
   * The offsets behind the last record of some partitions.
   *
   * @throws KafkaProblem when Kafka does not answer
   */
  Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions) {
    return ask(
        "looking where topics end", () -> LaneLag.offsets(admin, partitions, OffsetSpec.latest()));
  }

  /**
   * Returns when an index has read all that is written down by now.
   *
   * @param homes the partitions of state that it is of
   * @param doing what needs that, for a sentence
   * @throws KafkaProblem when Kafka does not answer, or that takes longer than {@link
   *     #CATCH_UP_BOUND}
   */
  void catchUp(StateIndexes index, Collection<TopicPartition> homes, String doing)
      throws InterruptedException {
    Map<Integer, Long> to = new HashMap<>();
    ends(homes).forEach((home, end) -> to.put(home.partition(), end));
    if (!index.awaitRead(to, CATCH_UP_BOUND)) {
      throw new KafkaProblem(
          KafkaProblem.Kind.TIMEOUT,
          "%s has more new records than were read in %d s while %s: try again."
              .formatted(topics.state(), CATCH_UP_BOUND.toSeconds(), doing),
          null);
    }
  }

  private <T> T ask(String doing, Call<T> call) {
    try {
      return call.answer();
    } catch (ExecutionException | TimeoutException e) {
      throw clients.problem(e, doing);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw clients.problem(e, doing);
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
  }
}
