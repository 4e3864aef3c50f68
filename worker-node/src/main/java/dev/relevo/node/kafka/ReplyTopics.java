package dev.relevo.node.kafka;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells a reply topic that is gone from one that Kafka is slow to take records for. */
final class ReplyTopics {
  private static final Logger LOG = LoggerFactory.getLogger(ReplyTopics.class);
  private static final long ANSWER_TIMEOUT_MS = 5_000;

  private final Admin admin;

  ReplyTopics(Admin admin) {
    this.admin = admin;
  }

  /** Whether a refusal, or Kafka when asked, says that the topic does not exist. */
  boolean isMissing(String topic, Exception refusal) throws InterruptedException {
    if (saysMissing(refusal)) {
      return true;
    }
    if (!(refusal instanceof org.apache.kafka.common.errors.TimeoutException)) {
      return false;
    }
    try {
      admin
          .describeTopics(List.of(topic))
          .allTopicNames()
          .get(ANSWER_TIMEOUT_MS, TimeUnit.MILLISECONDS);
      return false;
    } catch (ExecutionException e) {
      return saysMissing(e);
    } catch (TimeoutException e) {
      LOG.warn("Kafka does not say whether the reply topic {} exists", topic, e);
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
