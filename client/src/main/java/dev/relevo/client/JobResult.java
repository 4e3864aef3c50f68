package dev.relevo.client;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.Usage;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A whole answer.
 *
 * @param job the job's id
 * @param answers by index, everything the model said; one entry at 0 unless several were asked for
 * @param finishReason why the model stopped
 * @param usage what the backend counted, if it did
 * @param backend the backend that answered
 * @param model the model that answered
 * @param attempts how many attempts it took, 1 or more
 * @param position the offset of the record that ended it, in its reply place
 */
public record JobResult(
    String job,
    SortedMap<Integer, Delta> answers,
    FinishReason finishReason,
    @Nullable Usage usage,
    String backend,
    String model,
    int attempts,
    long position) {
  public JobResult {
    answers = Collections.unmodifiableSortedMap(new TreeMap<>(answers));
  }

  /** The visible text of the first answer. */
  public String text() {
    Delta first = answers.get(0);
    return first == null || first.content() == null ? "" : first.content();
  }

  /** The thinking before the first answer, empty when the model showed none. */
  public String reasoning() {
    Delta first = answers.get(0);
    return first == null || first.reasoning() == null ? "" : first.reasoning();
  }

  static JobResult of(
      String job, SortedMap<Integer, Delta> answers, ReplyRecord.Done done, long position) {
    return new JobResult(
        job,
        answers,
        done.finishReason(),
        done.usage(),
        done.backend(),
        done.model(),
        done.attempts(),
        position);
  }
}
