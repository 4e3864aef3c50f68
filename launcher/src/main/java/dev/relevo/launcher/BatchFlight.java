package dev.relevo.launcher;

import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.reply.ReplyAssembler;
import dev.relevo.operator.batch.JobAnswer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What has come of a job's answer, by the reader's rule (protocol section 5). */
final class BatchFlight {
  /** Characters of one answer that are kept, over all its parts. */
  static final long MOST_ANSWER = 4L << 20;

  private final String job;
  private final long from;
  private final JobAnswer taken = new JobAnswer(ReplyAssembler.keepingText(MOST_ANSWER));

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
    return taken.answer();
  }

  /** Takes a record of the job; returns whether it ended the answer. */
  boolean take(ConsumerRecord<String, byte[]> record) {
    return taken.take(record);
  }

  /** Whether it was a run of ours that stopped the job, so that the next run starts it again. */
  boolean isWithdrawn() {
    return taken.answer().terminal() instanceof ReplyRecord.Cancelled cancelled
        && cancelled.reason().equals(BatchWork.WITHDRAWN);
  }
}
