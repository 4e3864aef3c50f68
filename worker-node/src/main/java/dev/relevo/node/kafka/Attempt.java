package dev.relevo.node.kafka;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.node.backend.Cancellation;
import dev.relevo.node.core.AnswerStream;
import dev.relevo.node.core.AttemptEnd;
import dev.relevo.node.core.Given;
import dev.relevo.node.core.StopCause;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * One attempt, from its claim of the stream to its outcome, in straight lines on a virtual thread
 * of its own (protocol sections 5 and 6). Whoever wants to stop it, the loop or Kafka's thread,
 * leaves a cause and cancels the backend call; this thread then says how it ended.
 */
final class Attempt implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /**
   * How long the claim of a first attempt waits for the backend's first piece, to share a request
   * with it. Only backends that answer at once are that quick; with any other the claim goes ahead.
   */
  private static final long CLAIM_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final Assignment assignment;
  private final byte[] body;
  private final AttemptServices services;
  private final Ending ending;
  private final ReplyWriter replies;
  private final Cancellation cancellation = new Cancellation();
  private final AtomicReference<@Nullable StopCause> stop = new AtomicReference<>();
  private final long takenNanos;
  private final long takenAtMs;
  private volatile @Nullable Exception refusal;
  private @Nullable Long ttftNanos;
  private @Nullable String backend;
  private @Nullable Future<?> letGo;

  Attempt(Assignment assignment, byte[] body, AttemptServices services, Ending ending) {
    this.assignment = assignment;
    this.body = body;
    this.services = services;
    this.ending = ending;
    this.takenNanos = services.time().nowNanos();
    this.takenAtMs = services.time().epochMs();
    this.replies =
        new ReplyWriter(
            services.replies(),
            assignment.headers().replyPlace(),
            assignment.job(),
            assignment.fence(),
            this::refused);
  }

  /** Who is told that an attempt has ended. */
  @FunctionalInterface
  interface Ending {
    void ended(Attempt attempt, EventRecord.Finished finished, long nanos);
  }

  Assignment assignment() {
    return assignment;
  }

  /** Stops it from another thread; the first cause counts. */
  void stop(StopCause cause) {
    if (stop.compareAndSet(null, cause)) {
      cancellation.cancel(cause.reason());
    }
  }

  boolean isStopped() {
    return stop.get() != null;
  }

  /** The backend has brought its first piece. */
  void firstToken(long nowNanos) {
    if (ttftNanos == null) {
      ttftNanos = nowNanos - takenNanos;
      services.metrics().firstToken(ttftNanos);
    }
  }

  private void refused(Exception refusal) {
    this.refusal = refusal;
    stop(new StopCause.Unwritable(String.valueOf(refusal.getMessage())));
  }

  @Override
  public void run() {
    AttemptEnd end;
    try {
      end = work();
    } catch (InterruptedException | InterruptException e) {
      LOG.debug("Attempt {} was interrupted", assignment.fence(), e);
      end = handedOver();
    } catch (RuntimeException | Error e) {
      LOG.error("Attempt {} of job {} failed", assignment.fence(), assignment.job(), e);
      end =
          AttemptEnd.retryable(
              FailureCodes.BACKEND_ERROR, "the node could not run the attempt: " + e);
    }
    if (letGo != null) {
      letGo.cancel(false);
      replies.letGo();
    }
    replies.close();
    ending.ended(this, finished(end), services.time().nowNanos() - takenNanos);
  }

  private EventRecord.Finished finished(AttemptEnd end) {
    AttemptEnd.Succeeded succeeded = end instanceof AttemptEnd.Succeeded s ? s : null;
    return new EventRecord.Finished(
        services.identity().node(),
        services.identity().incarnation(),
        end.outcome(),
        end.failure(),
        succeeded == null ? backend : succeeded.backend(),
        succeeded == null ? assignment.model() : succeeded.model(),
        ttftNanos == null ? null : ttftNanos / 1_000_000,
        succeeded == null ? null : succeeded.usage(),
        takenAtMs,
        services.time().epochMs());
  }

  private AttemptEnd work() throws InterruptedException {
    Given given;
    try {
      given = assignment.first() ? claim() : claimAndReadBack();
    } catch (ReadBack.UnreadException e) {
      return AttemptEnd.retryable(FailureCodes.BACKEND_ERROR, String.valueOf(e.getMessage()));
    }
    if (given == null) {
      return stopped();
    }
    AttemptEnd ended = given.ended();
    if (ended != null) {
      return ended;
    }
    ObjectNode request = parse();
    if (request == null) {
      return conclude(
          AttemptEnd.terminal(
              FailureCodes.INVALID_REQUEST,
              "the job's body is not a JSON object: send an OpenAI chat-completions request"));
    }
    return answer(given, request);
  }

  private AttemptEnd answer(Given given, ObjectNode request) throws InterruptedException {
    AnswerWriter answer =
        new AnswerWriter(new AnswerStream(given, services.chunkLingerNanos()), replies, services);
    BackendRun run = new BackendRun(this, request, answer, services, cancellation);
    try {
      AttemptEnd end = run.run();
      if (!(end instanceof AttemptEnd.Succeeded)) {
        answer.flush();
      }
      return end == null || isLate(end) ? stopped() : conclude(end);
    } finally {
      backend = run.backend();
    }
  }

  /** A backend that gives up at the job's deadline may be quicker to say so than our own clock. */
  private boolean isLate(AttemptEnd end) {
    if (end instanceof AttemptEnd.Failed && services.time().epochMs() >= assignment.deadlineMs()) {
      stop(new StopCause.Expired());
      return true;
    }
    return false;
  }

  /** The first attempt claims the stream by itself, and says where it did. */
  private Given claim() {
    if (assignment.headers().replyPlace() == null) {
      accept(null);
    } else {
      replies.hold(started(), this::accept);
      // On a thread of its own: a topic that is missing holds a sender up for seconds.
      letGo =
          services
              .pacer()
              .schedule(
                  () ->
                      Thread.ofVirtual().name("claim-" + assignment.fence()).start(replies::letGo),
                  CLAIM_WAIT_NANOS,
                  TimeUnit.NANOSECONDS);
    }
    return Given.nothing();
  }

  /**
   * A later attempt is accepted before it claims, so that events and the stream agree on who came
   * first; null when it was stopped meanwhile.
   */
  private @Nullable Given claimAndReadBack() throws InterruptedException, ReadBack.UnreadException {
    CompletableFuture<@Nullable Void> claimed = new CompletableFuture<>();
    services
        .events()
        .sendNow(
            assignment.job(),
            assignment.fence(),
            accepted(assignment.startedOffset()),
            () -> claimed.complete(null));
    awaitOrStop(claimed);
    ReplyPlace place = assignment.headers().replyPlace();
    if (isStopped() || place == null) {
      return isStopped() ? null : Given.nothing();
    }
    CompletableFuture<Long> own = new CompletableFuture<>();
    replies.write(started(), own::complete);
    awaitOrStop(own);
    if (!own.isDone() || own.isCompletedExceptionally()) {
      return null;
    }
    ReadBack.Found found = services.readBack().read(assignment, place, own.join());
    if (assignment.startedOffset() == null) {
      accept(found.firstStartedOffset());
    }
    if (!found.given().transcript().isEmpty() && found.given().end() == null) {
      services.metrics().resumed();
    }
    return found.given();
  }

  /** Waits for an acknowledgement, or until the attempt is stopped. */
  private void awaitOrStop(CompletableFuture<?> acknowledged) throws InterruptedException {
    CompletableFuture<@Nullable Void> stopped = new CompletableFuture<>();
    cancellation.onCancel(() -> stopped.complete(null));
    try {
      CompletableFuture.anyOf(acknowledged, stopped).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private ReplyRecord.Started started() {
    return new ReplyRecord.Started(services.identity().node());
  }

  private void accept(@Nullable Long startedOffset) {
    services.events().send(assignment.job(), assignment.fence(), accepted(startedOffset), () -> {});
  }

  private EventRecord accepted(@Nullable Long startedOffset) {
    Identity identity = services.identity();
    return new EventRecord.Accepted(identity.node(), identity.incarnation(), startedOffset);
  }

  private @Nullable ObjectNode parse() {
    try {
      return JSON.readTree(body) instanceof ObjectNode object ? object : null;
    } catch (JacksonException e) {
      LOG.debug("The body of job {} is no JSON", assignment.job(), e);
      return null;
    }
  }

  /** Tells readers of a failure that is for good, and waits until Kafka has every record. */
  private AttemptEnd conclude(AttemptEnd end) throws InterruptedException {
    AttemptFailure failure = end.failure();
    if (failure != null && !failure.retryable()) {
      replies.write(
          new ReplyRecord.Failed(failure.code(), failure.message(), assignment.attempt()));
    }
    return acknowledged(end);
  }

  /** An outcome counts only when Kafka has every record; else another attempt must say it. */
  private AttemptEnd acknowledged(AttemptEnd end) throws InterruptedException {
    Exception refused = replies.awaitAcknowledged();
    return refused == null ? end : unwritable(refused);
  }

  private AttemptEnd unwritable(Exception refused) throws InterruptedException {
    ReplyPlace place = assignment.headers().replyPlace();
    if (place != null && services.replyTopics().isMissing(place.topic(), refused)) {
      LOG.info("Job {} ends: reply topic {} does not exist", assignment.job(), place.topic());
      return new AttemptEnd.Cancelled();
    }
    return AttemptEnd.retryable(
        FailureCodes.BACKEND_ERROR, "the answer could not be written: " + refused.getMessage());
  }

  /** What an attempt that was stopped from outside has to say. */
  private AttemptEnd stopped() throws InterruptedException {
    return switch (stop.get()) {
      case StopCause.Cancelled cancelled -> {
        replies.write(new ReplyRecord.Cancelled(cancelled.reason()));
        yield acknowledged(new AttemptEnd.Cancelled());
      }
      case StopCause.Expired expired -> {
        replies.write(
            new ReplyRecord.Failed(
                FailureCodes.DEADLINE_EXCEEDED, expired.reason(), assignment.attempt()));
        yield acknowledged(new AttemptEnd.Expired());
      }
      case StopCause.Unwritable unwritable -> {
        Exception refused = refusal;
        yield unwritable(
            refused == null ? new IllegalStateException(unwritable.reason()) : refused);
      }
      case StopCause.HandedOver _ -> handedOver();
      case null ->
          throw new IllegalStateException("attempt " + assignment.fence() + " was not stopped");
    };
  }

  private AttemptEnd handedOver() {
    return new AttemptEnd.Failed(
        new AttemptFailure(FailureCodes.NODE_LOST, new StopCause.HandedOver().reason(), true, 0L));
  }
}
