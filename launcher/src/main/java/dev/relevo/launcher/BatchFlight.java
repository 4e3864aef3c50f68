package dev.relevo.launcher;

import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.reply.ReplyAssembler;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What has come of a job's answer, by the reader's rule (protocol section 5). */
final class BatchFlight {
  /** Characters of one answer that are kept, over all its parts. */
  static final long MOST_ANSWER = 4L << 20;

  private final String job;
  private final long from;
  private final ReplyAssembler answer = ReplyAssembler.keepingText(MOST_ANSWER);

  /**
   * @param from no record of the job stands before it
   */
  BatchFlight(String job, long from) {
    this.job = job;
    this.from = from;
  }

  String job() {
    return job;
  }

  long from() {
    return from;
  }

  ReplyAssembler answer() {
    return answer;
  }

  /** Takes a record of the job; returns whether it ended the answer. */
  boolean take(ConsumerRecord<String, byte[]> record) {
    if (answer.isEnded()) {
      return false;
    }
    try {
      Fence fence = MessageCodec.fence(record.headers());
      if (fence != null) {
        answer.accept(
            record.offset(), fence, MessageCodec.decode(ReplyRecord.class, record.value()));
      }
    } catch (MalformedRecordException e) {
      // The reader's rule: what cannot be read is void.
      return false;
    }
    return answer.isEnded();
  }

  /** Whether it was a run of ours that stopped the job, so that the next run starts it again. */
  boolean isWithdrawn() {
    return answer.terminal() instanceof ReplyRecord.Cancelled cancelled
        && cancelled.reason().equals(BatchWork.WITHDRAWN);
  }
}
