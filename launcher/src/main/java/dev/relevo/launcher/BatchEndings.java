package dev.relevo.launcher;

import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.launcher.BatchTable.Open;
import dev.relevo.launcher.LineStates.State;
import dev.relevo.operator.batch.OpenAiLines;
import java.util.UUID;

/** Gives a line its answer, once, and counts it. Used by one thread. */
final class BatchEndings {
  private final LineStates states;
  private final BatchTable table;
  private final BatchAnswers answers;
  private final AnswerSink sink;
  private final BatchReport report;

  BatchEndings(
      LineStates states,
      BatchTable table,
      BatchAnswers answers,
      AnswerSink sink,
      BatchReport report) {
    this.states = states;
    this.table = table;
    this.answers = answers;
    this.sink = sink;
    this.report = report;
  }

  /** A line that no job can be made of. */
  void broken(BrokenLine line, UUID key) {
    write(key, answers.failed(line, null, OpenAiLines.INVALID_LINE, line.reason(), 0));
    report.wrong(line, line.reason());
  }

  /** The stream of its job has ended. */
  void ended(Open job) {
    switch (job.flight().answer().terminal()) {
      case ReplyRecord.Done done -> done(job, done);
      case ReplyRecord.Failed failed ->
          failed(job, failed.code(), failed.message(), failed.attempts());
      case ReplyRecord.Cancelled cancelled -> {
        String reason = cancelled.reason();
        finish(job, answers.cancelled(job.line(), job.job(), reason));
        report.cancelled(job.line(), reason);
      }
      case ReplyRecord.Started _, ReplyRecord.Resumed _, ReplyRecord.Chunk _ ->
          throw new IllegalStateException("a stream ended with what ends none");
      case null -> throw new IllegalStateException("the answer has not ended");
    }
  }

  private void done(Open job, ReplyRecord.Done done) {
    if (job.flight().answer().isTruncated()) {
      failed(
          job,
          "answer_too_long",
          "the answer is longer than %d characters".formatted(BatchFlight.MOST_ANSWER),
          done.attempts());
      return;
    }
    finish(job, answers.done(job.line(), job.job(), job.flight().answer().answers(), done));
    report.done();
  }

  /** It will have no answer. */
  void failed(Open job, String code, String message, int attempts) {
    finish(job, answers.failed(job.line(), job.job(), code, message, attempts));
    report.failed(job.line(), code, message);
  }

  private void finish(Open job, byte[] answer) {
    write(job.key(), answer);
    table.close(job);
  }

  private void write(UUID key, byte[] answer) {
    sink.append(answer);
    states.put(key, State.PASSED);
  }
}
