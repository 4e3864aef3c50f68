package dev.relevo.node.kafka;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.node.core.AttemptEnd;
import dev.relevo.node.core.AttemptTable;
import dev.relevo.node.core.Offer;
import java.util.function.IntPredicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers assignments that are not run (protocol section 4).
 *
 * @param table the node's attempts
 */
record Refusals(AttemptTable table, AttemptServices services) {
  private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

  void reject(Assignment assignment, Offer.Reject reject) {
    services.metrics().rejected(reject.reason());
    Identity identity = services.identity();
    EventRecord.Rejected rejected =
        new EventRecord.Rejected(
            identity.node(), identity.incarnation(), reject.reason(), reject.message());
    services.events().sendNow(assignment.job(), assignment.fence(), rejected, () -> {});
  }

  /**
   * Answered, where its fence can be read, as a failure that uses up an attempt; then the
   * dispatcher, not this node, tells the reader how the job ends.
   */
  void unreadable(
      ConsumerRecord<String, byte[]> record, MalformedRecordException reason, IntPredicate isHome) {
    String place = record.topic() + "-" + record.partition() + "@" + record.offset();
    LOG.warn("The assignment at {} is unreadable: {}", place, reason.getMessage());
    Fence fence;
    try {
      fence = MessageCodec.fence(record.headers());
    } catch (MalformedRecordException e) {
      LOG.debug("Nor can its fence be read", e);
      return;
    }
    if (fence != null
        && record.key() != null
        && record.key().length() <= JobIds.MAX_LENGTH
        && isHome.test(fence.home())
        && table.unreadable(fence)) {
      String message = "the assignment at " + place + ": " + reason.getMessage();
      services
          .events()
          .sendNow(
              record.key(),
              fence,
              failed(AttemptEnd.retryable(FailureCodes.MALFORMED_RECORD, message)),
              () -> {});
    }
  }

  private EventRecord.Finished failed(AttemptEnd.Failed end) {
    Identity identity = services.identity();
    long nowMs = services.time().epochMs();
    return new EventRecord.Finished(
        identity.node(),
        identity.incarnation(),
        end.outcome(),
        end.failure(),
        null,
        null,
        null,
        null,
        nowMs,
        nowMs);
  }
}
