package dev.relevo.client;

import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.reply.ReplyAssembler;
import dev.relevo.common.reply.ReplyStep;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A job whose answer has not ended. {@link #take} is for the one thread that reads its place; all
 * else may be called by anybody. Callers' code runs on the executor only.
 */
final class OpenJob {
  private final String id;
  private final ReplyPlace place;
  private final long giveUpAtMs;
  private final Executor executor;
  private final long after;
  private final ReplyAssembler reader;
  private final @Nullable ChunkBuffer buffer;
  private final CompletableFuture<Void> acknowledged = new CompletableFuture<>();
  private final CompletableFuture<JobResult> result = new CompletableFuture<>();
  private volatile AnswerTimes times = AnswerTimes.NONE;
  private volatile @Nullable String node;
  private final AtomicBoolean over = new AtomicBoolean();

  /**
   * @param buffer where chunks go; null when only the result is wanted
   * @param giveUpAtMs epoch milliseconds past which no answer is expected
   * @param after chunks up to this position are not given; -1 gives all
   */
  OpenJob(
      String id,
      ReplyPlace place,
      long giveUpAtMs,
      long after,
      long maxAnswerLength,
      @Nullable ChunkBuffer buffer,
      Executor executor) {
    this.id = id;
    this.place = place;
    this.giveUpAtMs = giveUpAtMs;
    this.after = after;
    this.executor = executor;
    this.reader = ReplyAssembler.keepingText(maxAnswerLength);
    this.buffer = buffer;
  }

  String id() {
    return id;
  }

  ReplyPlace place() {
    return place;
  }

  long giveUpAtMs() {
    return giveUpAtMs;
  }

  long after() {
    return after;
  }

  CompletableFuture<JobResult> result() {
    return result;
  }

  /** Completes on the executor when Kafka has the job, or has its reply place. */
  CompletableFuture<Void> acknowledged() {
    return acknowledged.whenCompleteAsync((done, failure) -> {}, executor);
  }

  /** Kafka has the job; of a followed one, its reply place is there. */
  void acknowledge() {
    acknowledged.complete(null);
  }

  AnswerTimes times() {
    return times;
  }

  /** Who wrote or writes it last; null before anybody began. */
  @Nullable String node() {
    return node;
  }

  /**
   * Takes a record of the job.
   *
   * @param atMs its time-stamp
   * @return whether it ended the answer
   */
  boolean take(long offset, long atMs, Fence fence, ReplyRecord record) {
    // Whoever writes an answer has read the job, whether or not Kafka has told us so yet.
    acknowledge();
    ReplyStep step = reader.accept(offset, fence, record);
    while (step instanceof ReplyStep.Restarted restarted) {
      ReplyStep then = restarted.then();
      // Who was given only the first of two things from one record goes on before that record.
      give(offset, new ReplyChunk.Restart(restarted.fromSeq(), then == null ? offset : offset - 1));
      if (then == null) {
        return false;
      }
      step = then;
    }
    if (step instanceof ReplyStep.Claimed claimed) {
      node = claimed.node();
      times = times.started(atMs);
    }
    if (step instanceof ReplyStep.Appended piece) {
      times = times.chunk(atMs);
      give(
          offset,
          new ReplyChunk.Piece(piece.seq(), piece.seq(), piece.index(), piece.delta(), offset));
    }
    if (step instanceof ReplyStep.Ended ended) {
      times = times.ended(atMs);
      finish(ended.terminal(), offset);
      return true;
    }
    return false;
  }

  /** Ends it badly, unless it has ended. */
  boolean fail(JobException failure) {
    if (!over.compareAndSet(false, true)) {
      return false;
    }
    acknowledged.completeExceptionally(failure);
    if (buffer != null) {
      buffer.end(failure);
    }
    executor.execute(() -> result.completeExceptionally(failure));
    return true;
  }

  private void give(long offset, ReplyChunk chunk) {
    if (buffer != null && offset > after) {
      buffer.offer(chunk);
    }
  }

  private void finish(ReplyRecord terminal, long offset) {
    switch (terminal) {
      case ReplyRecord.Done done -> succeed(done, offset);
      case ReplyRecord.Failed failed ->
          fail(new JobException(failed.code(), failed.message(), offset));
      case ReplyRecord.Cancelled cancelled ->
          fail(new JobException(JobException.CANCELLED, cancelled.reason(), offset));
      case ReplyRecord.Started started -> throw notTerminal(started);
      case ReplyRecord.Resumed resumed -> throw notTerminal(resumed);
      case ReplyRecord.Chunk chunk -> throw notTerminal(chunk);
    }
  }

  private void succeed(ReplyRecord.Done done, long offset) {
    if (reader.isTruncated()) {
      fail(
          new JobException(
              JobException.ANSWER_TOO_LONG,
              "The answer to job "
                  + id
                  + " is longer than this client keeps: read its chunks, or raise"
                  + " maxAnswerLength.",
              offset));
      return;
    }
    if (over.compareAndSet(false, true)) {
      if (buffer != null) {
        buffer.end(null);
      }
      JobResult whole = JobResult.of(id, reader.answers(), done, offset);
      executor.execute(() -> result.complete(whole));
    }
  }

  private static IllegalStateException notTerminal(ReplyRecord record) {
    return new IllegalStateException("a stream ended with " + record);
  }
}
