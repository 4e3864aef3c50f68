package dev.relevo.client;

import dev.relevo.common.protocol.ReplyPlace;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A submitted or followed job. Thread-safe. Its chunks can be read once, through {@link #chunks} or
 * {@link #text}; the result is there whether or not anybody reads them.
 */
public final class JobHandle {
  private final JobClient client;
  private final OpenJob job;
  private final ChunkBuffer buffer;
  private final ChunkPublisher publisher;

  private final Runnable onAbandoned;
  private final Runnable onUnfollowed;

  /**
   * @param onAbandoned what to do when its reader closes the text before the end
   * @param onUnfollowed what to do when a followed job shall be followed no longer
   */
  JobHandle(
      JobClient client,
      OpenJob job,
      ChunkBuffer buffer,
      ChunkPublisher publisher,
      Runnable onAbandoned,
      Runnable onUnfollowed) {
    this.client = client;
    this.job = job;
    this.buffer = buffer;
    this.publisher = publisher;
    this.onAbandoned = onAbandoned;
    this.onUnfollowed = onUnfollowed;
  }

  /** The job's id. */
  public String id() {
    return job.id();
  }

  /** Where its answer stands; another process can follow it there. */
  public ReplyPlace place() {
    return job.place();
  }

  /**
   * Completes when Kafka has acknowledged the job; of a followed job, when its reply place was
   * found. Completes exceptionally with {@link JobException} when that does not happen. Cancelling
   * the future does nothing to the job.
   */
  public CompletableFuture<Void> submitted() {
    return job.acknowledged();
  }

  /**
   * The answer as it comes, for one subscriber, with back-pressure. A subscriber that falls behind
   * holds up nobody and loses nothing: chunks beyond the client's buffer are joined. A failed job
   * ends in {@code onError} with a {@link JobException}. Cancelling the subscription leaves the job
   * running. One who follows after a position is given what comes after it: that the answer began
   * anew before it he is not told, that it does so after it he is.
   */
  public Flow.Publisher<ReplyChunk> chunks() {
    return publisher;
  }

  /**
   * The visible text of the first answer as it comes. Taking the next element waits, and throws
   * {@link JobException} when the job fails. Closing the stream before its end cancels a submitted
   * job, and stops following a followed one. Of a job that is followed after a position it is the
   * text after it.
   *
   * @throws IllegalStateException when the chunks are read by somebody else
   */
  public Stream<String> text() {
    if (!publisher.claim()) {
      throw new IllegalStateException("the chunks of job " + id() + " are read already");
    }
    return TextStream.of(buffer).onClose(this::stopReading);
  }

  /**
   * The whole answer, also of a job that is followed after a position; completes exceptionally with
   * {@link JobException} when the job fails or is cancelled. Cancelling the future does nothing to
   * the job.
   */
  public CompletableFuture<JobResult> result() {
    return job.result().copy();
  }

  /** How the answer came along, as far as it was read. */
  public AnswerTimes times() {
    return job.times();
  }

  /** The node that writes the answer, or wrote its end, as far as it was read; null before that. */
  public @Nullable String node() {
    return job.node();
  }

  /**
   * Asks for the job to be stopped. The answer then ends with code {@code cancelled}, unless it
   * ended first.
   *
   * @param reason for people
   * @return completes when Kafka has the request, exceptionally with {@link JobException} if not
   */
  public CompletableFuture<Void> cancel(String reason) {
    return client.cancel(id(), reason);
  }

  /**
   * Follows a followed job no longer: its result fails with code {@code cancelled}, unless it has
   * ended. The job runs on. Does nothing to a submitted job.
   */
  public void stopFollowing() {
    onUnfollowed.run();
  }

  private void stopReading() {
    // The result may be told a moment after the last chunk, so it says nothing here.
    if (!buffer.discard()) {
      onAbandoned.run();
    }
  }
}
