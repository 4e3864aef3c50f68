package dev.relevo.simulation;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Writes one attempt's answer, and knows when Kafka has all of it, as {@code AnswerWriter}. */
final class SimWriter {
  private final SimNode node;
  private final Assignment assignment;
  private final Runnable whenRefused;
  private int outstanding;
  private boolean refused;
  private boolean missing;
  private @Nullable Runnable whenAcknowledged;

  /**
   * @param whenRefused told once, when a record could not be written
   */
  SimWriter(SimNode node, Assignment assignment, Runnable whenRefused) {
    this.node = node;
    this.assignment = assignment;
    this.whenRefused = whenRefused;
  }

  void write(List<ReplyRecord> records) {
    for (ReplyRecord record : records) {
      write(record, offset -> {});
    }
  }

  void write(ReplyRecord record, LongConsumer written) {
    ReplyPlace place = assignment.headers().replyPlace();
    if (place == null) {
      return;
    }
    outstanding++;
    node.replies.send(
        SimEffects.place(place),
        SimRecord.of(assignment.job(), assignment.fence(), record),
        (offset, gone) -> {
          outstanding--;
          if (offset >= 0) {
            written.accept(offset);
          } else if (!refused) {
            refused = true;
            missing = gone;
            whenRefused.run();
          }
          Runnable then = whenAcknowledged;
          if (outstanding == 0 && then != null) {
            whenAcknowledged = null;
            then.run();
          }
        });
  }

  /** Does something when everything that was written is there, or was given up. */
  void whenAcknowledged(Runnable then) {
    if (outstanding == 0 || node.world.flaw == Flaw.FINISHED_TOO_EARLY) {
      node.after(0, then);
    } else {
      whenAcknowledged = then;
    }
  }

  /** Whether a record could not be written. */
  boolean isRefused() {
    return refused;
  }

  /** Whether that was because the reply place is not there any more. */
  boolean isMissing() {
    return missing;
  }
}
