package dev.relevo.operator.batch;

import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.reply.ReplyAssembler;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What has come of a job's answer, by the reader's rule (protocol section 5). For one thread. */
public final class JobAnswer {
  private final ReplyAssembler answer;

  /**
   * Begins.
   *
   * @param answer takes what counts
   */
  public JobAnswer(ReplyAssembler answer) {
    this.answer = answer;
  }

  /** What readers hold of it. */
  public ReplyAssembler answer() {
    return answer;
  }

  /** Takes a record of the job; returns whether it ended the answer. */
  public boolean take(ConsumerRecord<String, byte[]> record) {
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
}
