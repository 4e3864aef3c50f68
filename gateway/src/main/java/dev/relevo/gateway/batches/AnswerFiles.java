package dev.relevo.gateway.batches;

import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.Usage;
import dev.relevo.common.reply.ReplyAssembler;
import dev.relevo.gateway.files.FileStore;
import dev.relevo.gateway.files.FileWriter;
import dev.relevo.gateway.files.StoredFile;
import dev.relevo.operator.batch.OpenAiLines;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the output and the error file of a batch in one pass over its inbox. In memory are the
 * answers that have begun and not ended at one place of the inbox: no more than the batch had under
 * way at a time. A file is begun with its first line. For one thread.
 */
final class AnswerFiles implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AnswerFiles.class);

  /** Characters of one answer that are kept, over all its parts. */
  static final long MOST_ANSWER = 1L << 20;

  private static final String PURPOSE = "batch_output";

  private final Batch batch;
  private final LineNames names;
  private final FileStore store;
  private final InstantSource clock;
  private @Nullable FileWriter output;
  private @Nullable FileWriter errors;
  private int completed;
  private int failed;
  private int expired;
  private int unanswered;
  private long promptTokens;
  private long completionTokens;
  private @Nullable Long cachedTokens;
  private @Nullable Long reasoningTokens;
  private final List<StoredFile> finished = new ArrayList<>();
  private boolean kept;

  AnswerFiles(Batch batch, LineNames names, FileStore store, InstantSource clock) {
    this.batch = batch;
    this.names = names;
    this.store = store;
    this.clock = clock;
  }

  /**
   * Writes both.
   *
   * @param cancelled whether it was, so that lines without an end are told so; else they expired
   * @return how it ended; null when it was stopped before
   */
  BatchRecord.@Nullable Ended write(BatchInbox inbox, boolean cancelled, BatchInbox.Go go) {
    BatchProgress progress =
        new BatchProgress(
            batch.uuid(), names.size(), () -> ReplyAssembler.keepingText(MOST_ANSWER), this::ended);
    if (!inbox.readAll(progress::take, go)) {
      return null;
    }
    for (int line = progress.nextOpen(0);
        line <= progress.total();
        line = progress.nextOpen(line)) {
      unanswered++;
      if (cancelled) {
        fail(asked(line, null), OpenAiLines.CANCELLED, "Not run: the batch was cancelled.");
      } else {
        fail(asked(line, null), OpenAiLines.EXPIRED, "Not run within the completion window.");
      }
    }
    String outputFile = finish(output, "output");
    String errorFile = finish(errors, "error");
    return new BatchRecord.Ended(
        status(cancelled),
        clock.millis(),
        names.size(),
        completed,
        failed,
        promptTokens,
        completionTokens,
        cachedTokens,
        reasoningTokens,
        outputFile,
        errorFile,
        List.of());
  }

  /** The deadline of a job is the batch's: one that missed it says that the batch did. */
  private BatchStatus status(boolean cancelled) {
    if (cancelled) {
      return BatchStatus.CANCELLED;
    }
    return expired > 0 ? BatchStatus.EXPIRED : BatchStatus.COMPLETED;
  }

  private OpenAiLines.Asked asked(int line, @Nullable String job) {
    return new OpenAiLines.Asked(line, names.get(line), job);
  }

  private void ended(int line, ReplyAssembler answer) {
    OpenAiLines.Asked asked = asked(line, BatchProgress.job(batch.uuid(), line));
    switch (answer.terminal()) {
      case ReplyRecord.Done done when answer.isTruncated() ->
          fail(
              asked,
              "answer_too_long",
              "The answer is longer than %,d characters.".formatted(MOST_ANSWER));
      case ReplyRecord.Done done -> done(asked, answer, done);
      case ReplyRecord.Failed lost -> fail(asked, lost.code(), lost.message());
      case ReplyRecord.Cancelled stopped -> fail(asked, OpenAiLines.CANCELLED, stopped.reason());
      case ReplyRecord.Started _, ReplyRecord.Resumed _, ReplyRecord.Chunk _ ->
          throw new IllegalStateException("a stream ended with what ends none");
      case null -> throw new IllegalStateException("the answer has not ended");
    }
  }

  private void done(OpenAiLines.Asked asked, ReplyAssembler answer, ReplyRecord.Done done) {
    completed++;
    if (done.usage() != null) {
      count(done.usage());
    }
    if (output == null) {
      output = store.create();
    }
    write(output, OpenAiLines.done(asked, answer.answers(), done, clock.millis() / 1_000));
  }

  private void count(Usage usage) {
    promptTokens += usage.promptTokens();
    completionTokens += usage.completionTokens();
    if (usage.promptDetails() != null) {
      cachedTokens = sum(cachedTokens, usage.promptDetails().cachedTokens());
    }
    if (usage.completionDetails() != null) {
      reasoningTokens = sum(reasoningTokens, usage.completionDetails().reasoningTokens());
    }
  }

  private static @Nullable Long sum(@Nullable Long known, @Nullable Long more) {
    return known == null ? more : Long.valueOf(known + (more == null ? 0 : more));
  }

  private void fail(OpenAiLines.Asked asked, String code, String message) {
    failed++;
    if (code.equals(OpenAiLines.EXPIRED) || code.equals(FailureCodes.DEADLINE_EXCEEDED)) {
      expired++;
    }
    if (errors == null) {
      errors = store.create();
    }
    write(errors, OpenAiLines.failed(asked, code, message));
  }

  private static void write(FileWriter file, byte[] line) {
    file.write(line, 0, line.length);
    file.write('\n');
  }

  private @Nullable String finish(@Nullable FileWriter file, String what) {
    if (file == null) {
      return null;
    }
    StoredFile stored =
        file.finish(
            "%s_%s.jsonl".formatted(batch.id(), what),
            PURPOSE,
            batch.created().tenant(),
            Duration.ofMillis(batch.created().outputLifeMs()),
            batch.uuid());
    finished.add(stored);
    return stored.id();
  }

  /** Lines whose answers had not ended. */
  int unanswered() {
    return unanswered;
  }

  /** Somebody may know of them from now on. */
  void keep() {
    kept = true;
  }

  /** Removes them: nobody names them. Where that fails the sweep does it. */
  void discard() {
    for (StoredFile file : finished) {
      try {
        store.delete(file);
      } catch (KafkaProblem e) {
        LOG.warn("{} stays for a while: {}", file.id(), e.getMessage());
      }
    }
    finished.clear();
  }

  /** Removes what was not finished, and what was and is not to be kept. */
  @Override
  public void close() {
    if (!kept) {
      discard();
    }
    if (output != null) {
      output.close();
    }
    if (errors != null) {
      errors.close();
    }
  }
}
