package dev.relevo.node.kafka;

import dev.relevo.common.kafka.TopicInquiry;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.supervision.Part;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells a reply topic that is gone from one that Kafka is slow to take records for. */
final class ReplyTopics {
  private static final Logger LOG = LoggerFactory.getLogger(ReplyTopics.class);
  private static final long ANSWER_TIMEOUT_MS = 5_000;

  private final TopicInquiry inquiry;
  private final ScheduledExecutorService pacer;
  private final Part watching;

  ReplyTopics(TopicInquiry inquiry, ScheduledExecutorService pacer, Part watching) {
    this.inquiry = inquiry;
    this.pacer = pacer;
    this.watching = watching;
  }

  /**
   * A watch over an attempt's records that has not begun.
   *
   * @param place null where nothing is written
   */
  PlaceWatch watch(@Nullable ReplyPlace place, ReplyWriter replies) {
    return new PlaceWatch(place, replies, inquiry, pacer, watching);
  }

  /** Whether a refusal, or Kafka when asked, says that the place does not exist. */
  boolean isMissing(ReplyPlace place, Exception refusal) throws InterruptedException {
    if (saysMissing(refusal)) {
      return true;
    }
    if (!(refusal instanceof org.apache.kafka.common.errors.TimeoutException)) {
      return false;
    }
    try {
      return inquiry
          .ask(place.topic())
          .get(ANSWER_TIMEOUT_MS, TimeUnit.MILLISECONDS)
          .lacks(place.partition());
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("Kafka does not say whether the reply topic {} exists", place.topic(), e);
      return false;
    }
  }

  private static boolean saysMissing(@Nullable Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnknownTopicOrPartitionException
          || cause instanceof InvalidTopicException) {
        return true;
      }
    }
    return false;
  }
}
