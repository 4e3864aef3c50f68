package dev.relevo.node.kafka;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.kafka.TopicInquiry;
import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks into the streams of attempts for somebody else's claim (protocol section 2, the reader's
 * rule): behind a {@code started} with a higher fence, or a dispatcher's end, whatever they write
 * is void. Blocks, a bounded time.
 */
final class StreamLook {
  private static final Logger LOG = LoggerFactory.getLogger(StreamLook.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /**
   * For Kafka to say which places are there, and again to say where they end. It asks the places
   * all together, and one that is gone must not keep it from the others.
   */
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);

  private final KafkaClients clients;
  private final TopicInquiry inquiry;
  private final String clientId;
  private final NodeTime time;

  StreamLook(KafkaClients clients, TopicInquiry inquiry, String clientId, NodeTime time) {
    this.clients = clients;
    this.inquiry = inquiry;
    this.clientId = clientId;
    this.time = time;
  }

  /**
   * What an attempt holds.
   *
   * @param claimedAt where its claim stands in the reply place; -1 when that is not known
   */
  record Held(Assignment assignment, long claimedAt) {}

  /**
   * The fences of those attempts whose stream has gone over to others; those whose place is not
   * there, or not known to be, are not among them.
   */
  Set<Fence> takenOver(Collection<Held> attempts) {
    Map<TopicPartition, Long> from = new HashMap<>();
    Map<String, Assignment> byJob = new HashMap<>();
    for (Held attempt : attempts) {
      ReplyPlace place = attempt.assignment().headers().replyPlace();
      if (place != null) {
        byJob.put(attempt.assignment().job(), attempt.assignment());
        from.merge(
            new TopicPartition(place.topic(), place.partition()), begin(attempt, place), Math::min);
      }
    }
    Set<Fence> taken = new HashSet<>();
    from.keySet().retainAll(there(from.keySet()));
    if (!from.isEmpty()) {
      try (Consumer<String, byte[]> consumer =
          clients.assignedConsumer(
              clientId, KafkaClients.FetchWait.CHANGING, KafkaClients.Start.EARLIEST)) {
        consumer.assign(from.keySet());
        from.forEach(consumer::seek);
        read(consumer, byJob, taken);
      } catch (KafkaException | KafkaProblem e) {
        LOG.info("Could not look for other claims; looking again later: {}", e.getMessage());
      }
    }
    return taken;
  }

  /** One that reads back knows what stands before its claim; a first one claims without looking. */
  private static long begin(Held attempt, ReplyPlace place) {
    return attempt.assignment().first()
        ? place.fromOffset()
        : Math.max(place.fromOffset(), attempt.claimedAt() + 1);
  }

  private Set<TopicPartition> there(Set<TopicPartition> places) {
    Map<TopicPartition, CompletableFuture<TopicInquiry.Finding>> asked = new HashMap<>();
    places.forEach(place -> asked.put(place, inquiry.ask(place.topic())));
    try {
      CompletableFuture.allOf(asked.values().toArray(CompletableFuture[]::new))
          .get(ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("Kafka does not say of all places whether they are there", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Set<TopicPartition> there = new HashSet<>();
    asked.forEach((place, answer) -> {
      if (answer.getNow(new TopicInquiry.Finding.Unclear()).has(place.partition())) {
        there.add(place);
      }
    });
    return there;
  }

  private void read(
      Consumer<String, byte[]> consumer, Map<String, Assignment> byJob, Set<Fence> taken) {
    long beganNanos = time.nowNanos();
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment(), ANSWER_TIMEOUT);
    while (ends.entrySet().stream()
            .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())
        && time.nowNanos() - beganNanos < TIMEOUT.toNanos()) {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        Assignment attempt = byJob.get(record.key());
        if (attempt != null && isAnothers(attempt, record)) {
          taken.add(attempt.fence());
        }
      }
    }
  }

  private static boolean isAnothers(Assignment assignment, ConsumerRecord<String, byte[]> record) {
    try {
      Fence fence = MessageCodec.fence(record.headers());
      if (fence == null || fence.home() != assignment.fence().home()) {
        return false;
      }
      ReplyRecord reply = MessageCodec.decode(ReplyRecord.class, record.value());
      return fence.isHigherThan(assignment.fence())
          && switch (reply) {
            case ReplyRecord.Started _, ReplyRecord.Failed _, ReplyRecord.Cancelled _ -> true;
            case ReplyRecord.Resumed _, ReplyRecord.Chunk _, ReplyRecord.Done _ -> false;
          };
    } catch (MalformedRecordException e) {
      LOG.debug("A record of job {} is void", assignment.job(), e);
      return false;
    }
  }
}
