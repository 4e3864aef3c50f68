package dev.relevo.node.kafka;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.node.backend.Cancellation;
import dev.relevo.node.core.AttemptCourse;
import dev.relevo.node.core.AttemptEnd;
import dev.relevo.node.core.CallEnd;
import dev.relevo.node.core.CourseStep;
import dev.relevo.node.core.Given;
import dev.relevo.node.core.GivenReader;
import dev.relevo.node.core.Moment;
import dev.relevo.node.core.RequestTraits;
import dev.relevo.node.core.StopCause;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
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
 * One attempt, from its claim of the stream to its outcome, on a virtual thread of its own
 * (protocol sections 5 and 6): {@link AttemptCourse} says what to do next, this does it. Whoever
 * wants to stop it, the loop or Kafka's thread, leaves a cause and cancels the backend call; this
 * thread then says how it ended.
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
  private final CompletableFuture<@Nullable Void> unwritable = new CompletableFuture<>();
  private volatile boolean over;
  private volatile @Nullable Exception refusal;
  private @Nullable Long ttftNanos;
  private @Nullable ObjectNode request;
  private @Nullable Future<?> letGo;
  private final PlaceWatch watch;
  private final BackendCalls calls;
  private final CountDownLatch stopped = new CountDownLatch(1);

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
    this.watch = services.replyTopics().watch(assignment.headers().replyPlace(), replies);
    this.calls = new BackendCalls(this, replies, services, cancellation);
    cancellation.onCancel(stopped::countDown);
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

  /** Whether it was stopped, or has ended by itself. */
  boolean isOver() {
    return over || isStopped();
  }

  /** Where its claim stands in the reply place; -1 while Kafka has not told. */
  long claimedAt() {
    return replies.claimedAt();
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
    unwritable.complete(null);
    stop(new StopCause.Unwritable(String.valueOf(refusal.getMessage())));
  }

  @Override
  public void run() {
    AttemptEnd end;
    try {
      watch.start();
      end = work();
    } catch (InterruptedException | InterruptException e) {
      LOG.debug("Attempt {} was interrupted", assignment.fence(), e);
      end = AttemptCourse.handedOver();
    } catch (RuntimeException | Error e) {
      LOG.error("Attempt {} of job {} failed", assignment.fence(), assignment.job(), e);
      end =
          AttemptEnd.retryable(
              FailureCodes.BACKEND_ERROR, "the node could not run the attempt: " + e);
    }
    services.parts().part("attempt").run(this::stopWriting);
    over = true;
    AttemptFailure failure = end.failure();
    if (failure != null) {
      services.story().ended(assignment, failure);
    }
    ending.ended(this, told(end), services.time().nowNanos() - takenNanos);
  }

  private void stopWriting() {
    try (replies;
        watch) {
      if (letGo != null) {
        letGo.cancel(false);
        replies.letGo();
      }
    }
  }

  /** Whatever it was: an attempt that is never told to have ended would keep its place for ever. */
  private EventRecord.Finished told(AttemptEnd end) {
    try {
      return finished(end);
    } catch (RuntimeException e) {
      services.parts().part("attempt").crashed(e);
      calls.forget();
      return finished(
          AttemptEnd.retryable(
              FailureCodes.BACKEND_ERROR, "the node could not tell how the attempt ended: " + e));
    }
  }

  private EventRecord.Finished finished(AttemptEnd end) {
    AttemptEnd.Succeeded succeeded = end instanceof AttemptEnd.Succeeded s ? s : null;
    String backend = calls.backend();
    String model = calls.model();
    if (succeeded != null) {
      backend = succeeded.backend();
      model = succeeded.model();
    } else if (end instanceof AttemptEnd.TooLong tooLong) {
      backend = tooLong.backend();
      model = tooLong.model();
    }
    return new EventRecord.Finished(
        services.identity().node(),
        services.identity().incarnation(),
        end.outcome(),
        end.failure(),
        backend,
        model,
        ttftNanos == null ? null : ttftNanos / 1_000_000,
        succeeded == null ? null : succeeded.usage(),
        takenAtMs,
        services.time().epochMs());
  }

  private AttemptEnd work() throws InterruptedException {
    AttemptCourse course =
        new AttemptCourse(
            assignment,
            this::traits,
            services.board(),
            this::continuesPrefix,
            services.chunkLingerNanos());
    CourseStep step = course.begin();
    while (!(step instanceof CourseStep.End)) {
      step = carryOut(course, step);
    }
    return ((CourseStep.End) step).end();
  }

  private CourseStep carryOut(AttemptCourse course, CourseStep step) throws InterruptedException {
    return switch (step) {
      case CourseStep.Accept accept -> accept(course, accept);
      case CourseStep.Tell tell -> {
        accept(tell.startedOffset());
        yield course.goOn(now());
      }
      case CourseStep.ClaimFirst _ -> {
        claimFirst();
        yield course.goOn(now());
      }
      case CourseStep.Claim _ -> claim(course);
      case CourseStep.ReadBack readBack -> readBack(course, readBack.reader());
      case CourseStep.Call call -> call(course, call);
      case CourseStep.Wait wait -> await(course, wait);
      case CourseStep.Conclude conclude -> conclude(course, conclude);
      case CourseStep.AskPlace ask -> askPlace(course, ask);
      case CourseStep.End _ -> step;
    };
  }

  /** The first attempt claims the stream by itself, and says where it did. */
  private void claimFirst() {
    replies.hold(started(), this::accept);
    // On a thread of its own: a topic that is missing holds a sender up for seconds.
    letGo =
        services
            .pacer()
            .schedule(() -> apart(replies::letGo), CLAIM_WAIT_NANOS, TimeUnit.NANOSECONDS);
  }

  private void apart(Runnable claim) {
    Thread.ofVirtual()
        .name("claim-" + assignment.fence())
        .start(() -> {
          if (services.parts().part("claim").run(claim) > 0) {
            replies.abandon(new IllegalStateException("its claim could not be written"));
          }
        });
  }

  private CourseStep accept(AttemptCourse course, CourseStep.Accept accept)
      throws InterruptedException {
    CompletableFuture<@Nullable Void> accepted = new CompletableFuture<>();
    services
        .events()
        .sendNow(
            assignment.job(),
            assignment.fence(),
            accepted(accept.startedOffset()),
            () -> accepted.complete(null));
    StopCause late = awaitUnlessStopped(accepted);
    StopCause cause = late == null ? stop.get() : late;
    return cause == null || !cause.endsUnread() ? course.accepted(now()) : course.stopped(cause);
  }

  /** Goes on when it stands in the stream, even if it was stopped meanwhile. */
  private CourseStep claim(AttemptCourse course) throws InterruptedException {
    CompletableFuture<Long> own = new CompletableFuture<>();
    // On a thread of its own: a topic that is missing holds a sender up for seconds.
    apart(() -> replies.write(started(), own::complete));
    StopCause cause = awaitUnlessStopped(own);
    return cause == null ? course.claimed(own.join()) : course.stopped(cause);
  }

  private CourseStep readBack(AttemptCourse course, GivenReader reader)
      throws InterruptedException {
    try {
      services.readBack().read(reader);
    } catch (ReadBack.UnreadException e) {
      return course.unread(String.valueOf(e.getMessage()));
    }
    Given given = reader.given();
    if (!given.transcript().isEmpty() && given.end() == null) {
      services.metrics().resumed();
    }
    return course.readBack(given, reader.firstStartedOffset(), now());
  }

  private CourseStep call(AttemptCourse course, CourseStep.Call call) throws InterruptedException {
    StopCause before = stop.get();
    if (before != null) {
      calls.giveBack(call.ticket());
      return course.stopped(before);
    }
    CallEnd end = calls.run(call, Objects.requireNonNull(request));
    return course.called(end, now(), stop.get());
  }

  private CourseStep await(AttemptCourse course, CourseStep.Wait wait) throws InterruptedException {
    StopCause cause = stopped.await(wait.nanos(), TimeUnit.NANOSECONDS) ? stop.get() : null;
    return cause == null ? course.waited(now()) : course.stopped(cause);
  }

  private Moment now() {
    return services.time().now();
  }

  private @Nullable RequestTraits traits() {
    ObjectNode parsed = parse();
    request = parsed;
    return parsed == null ? null : RequestTraits.of(parsed, body.length);
  }

  private boolean continuesPrefix(String name, String model) {
    return services.backends().continuesPrefix(name, model);
  }

  /**
   * Waits for an acknowledgement, or until the attempt is stopped by a cause that ends it unread.
   *
   * @return that cause; null when there is the acknowledgement
   */
  private @Nullable StopCause awaitUnlessStopped(CompletableFuture<?> acknowledged)
      throws InterruptedException {
    CompletableFuture<@Nullable Void> stopped = new CompletableFuture<>();
    cancellation.onCancel(() -> stopped.complete(null));
    try {
      CompletableFuture.anyOf(acknowledged, stopped, unwritable).get();
      StopCause cause = stop.get();
      if (!acknowledged.isDone() && cause != null && !cause.endsUnread()) {
        CompletableFuture.anyOf(acknowledged, unwritable).get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    Exception refused = refusal;
    if (acknowledged.isDone()) {
      return null;
    }
    return refused == null
        ? stop.get()
        : new StopCause.Unwritable(String.valueOf(refused.getMessage()));
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

  /** An outcome counts only when Kafka has every record; else another attempt must say it. */
  private CourseStep conclude(AttemptCourse course, CourseStep.Conclude conclude)
      throws InterruptedException {
    ReplyRecord last = conclude.last();
    if (last != null) {
      replies.write(last);
    }
    Exception refused = replies.awaitAcknowledged();
    if (refused == null) {
      return course.acknowledged();
    }
    refusal = refused;
    return course.refused(String.valueOf(refused.getMessage()));
  }

  private CourseStep askPlace(AttemptCourse course, CourseStep.AskPlace ask)
      throws InterruptedException {
    ReplyPlace place = assignment.headers().replyPlace();
    Exception refused = refusal;
    if (place == null || refused == null || !services.replyTopics().isMissing(place, refused)) {
      return course.place(false, ask.message());
    }
    LOG.info("Job {} ends: reply topic {} does not exist", assignment.job(), place.topic());
    return course.place(true, ask.message());
  }
}
