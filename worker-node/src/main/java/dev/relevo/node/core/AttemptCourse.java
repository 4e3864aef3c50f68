package dev.relevo.node.core;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.node.backend.Fault;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The way of one attempt through its life (protocol section 5): accept, claim, read back, run on
 * one backend after another in the ways that are left, conclude. It says what to do next; whoever
 * drives it does that and brings what came of it, which gives the next step. Nothing here waits,
 * writes or reads a clock. Not thread-safe.
 */
public final class AttemptCourse {
  private final Assignment assignment;
  private final Request request;
  private final BackendBoard board;
  private final BiPredicate<String, String> continuesPrefix;
  private final long lingerNanos;
  private @Nullable CallPlan plan;
  private Iterator<Resumption> ways = List.<Resumption>of().iterator();
  private @Nullable RequestTraits traits;
  private @Nullable AnswerStream answer;
  private @Nullable AttemptFailure lastFailure;
  private AttemptEnd.@Nullable TooLong tooLong;
  private @Nullable Given given;
  private AttemptEnd end = handedOver();
  private CourseStep.@Nullable Call call;
  private CallPlan.Pick.@Nullable Go pick;

  /**
   * A course that has not begun.
   *
   * @param request the job's, read when the stream is claimed
   * @param board which backends are tried, in order
   * @param continuesPrefix whether a backend, by name, continues an assistant message of a model
   * @param lingerNanos how long pieces that come fast are joined
   */
  public AttemptCourse(
      Assignment assignment,
      Request request,
      BackendBoard board,
      BiPredicate<String, String> continuesPrefix,
      long lingerNanos) {
    this.assignment = assignment;
    this.request = request;
    this.board = board;
    this.continuesPrefix = continuesPrefix;
    this.lingerNanos = lingerNanos;
  }

  /** Reads the job's body. */
  @FunctionalInterface
  public interface Request {
    /** What it asks for; null when it cannot be read. */
    @Nullable RequestTraits traits();
  }

  /**
   * The first step. The first attempt claims at once, and says where it did; a later one is
   * accepted before it claims, so that events and the stream agree on who came first.
   */
  public CourseStep begin() {
    if (!assignment.first()) {
      return new CourseStep.Accept(assignment.startedOffset());
    }
    given = Given.nothing();
    return assignment.headers().replyPlace() == null
        ? new CourseStep.Tell(null)
        : new CourseStep.ClaimFirst();
  }

  /** Kafka has the {@code accepted} that {@link CourseStep.Accept} asked for. */
  public CourseStep accepted(Moment now) {
    if (assignment.headers().replyPlace() == null) {
      given = Given.nothing();
      return goOn(now);
    }
    return new CourseStep.Claim();
  }

  /**
   * Kafka has the {@code started} that {@link CourseStep.Claim} asked for.
   *
   * @param offset where it stands
   */
  public CourseStep claimed(long offset) {
    ReplyPlace place = assignment.headers().replyPlace();
    if (place == null) {
      throw new IllegalStateException("attempt " + assignment.fence() + " has nothing to claim");
    }
    return new CourseStep.ReadBack(new GivenReader(assignment, place, offset));
  }

  /** The stream was read back. */
  public CourseStep readBack(Given found, long firstStartedOffset, Moment now) {
    given = found;
    return assignment.startedOffset() == null
        ? new CourseStep.Tell(firstStartedOffset)
        : answer(found, now);
  }

  /** The stream could not be read back. */
  public CourseStep unread(String message) {
    return new CourseStep.End(AttemptEnd.retryable(FailureCodes.BACKEND_ERROR, message));
  }

  /** The step before needs no answer, and is done. */
  public CourseStep goOn(Moment now) {
    Given found = given;
    if (found == null) {
      throw new IllegalStateException("attempt " + assignment.fence() + " has not claimed yet");
    }
    return answer(found, now);
  }

  private CourseStep answer(Given found, Moment now) {
    AttemptEnd ended = found.ended();
    if (ended != null) {
      return new CourseStep.End(ended);
    }
    RequestTraits asked = request.traits();
    traits = asked;
    if (asked == null) {
      return conclude(
          AttemptEnd.terminal(
              FailureCodes.INVALID_REQUEST,
              "the job's body is not a JSON object: send an OpenAI chat-completions request"));
    }
    answer = new AnswerStream(found, lingerNanos);
    plan = new CallPlan(assignment, board, asked.tokens());
    return nextCall(now);
  }

  /** The wait is over. */
  public CourseStep waited(Moment now) {
    return nextCall(now);
  }

  private CourseStep nextCall(Moment now) {
    CallPlan planned = plan();
    while (true) {
      switch (planned.next(now, this::textFirst)) {
        case CallPlan.Pick.Wait wait -> {
          return new CourseStep.Wait(wait.nanos());
        }
        case CallPlan.Pick.Over over -> {
          return conclude(outOfBackends(over));
        }
        case CallPlan.Pick.Go go -> {
          List<Resumption> open = ways(go);
          if (!open.isEmpty()) {
            ways = open.iterator();
            return nextWay(go, now);
          }
          var _ = board.ended(go.ticket(), CallReport.ENDED, now.nanos());
          planned.leaveOut(go.ticket().backend());
        }
      }
    }
  }

  /** Those that can go on with a text before those that cannot, when there is one to go on with. */
  private Comparator<String> textFirst(String model) {
    boolean goesOn = !stream().transcript().isEmpty();
    return Comparator.comparing(name -> goesOn && !continuesPrefix.test(name, model));
  }

  /**
   * Another model does not repeat what readers have, so it is not asked to; nor is the job lost if
   * it cannot go on.
   */
  private List<Resumption> ways(CallPlan.Pick.Go go) {
    RequestTraits asked = traits;
    if (asked == null) {
      return List.of();
    }
    Failover failover = assignment.headers().failover();
    boolean continues = continuesPrefix.test(go.ticket().backend(), go.model());
    List<Resumption> all = Resumption.ways(stream().transcript(), failover, asked, continues);
    return go.fallback()
        ? all.stream()
            .filter(way -> !(way instanceof Resumption.Replay || way instanceof Resumption.Fail))
            .toList()
        : all;
  }

  private AttemptEnd outOfBackends(CallPlan.Pick.Over over) {
    AttemptEnd.TooLong refused = tooLong;
    if (refused != null && plan().hasAfter(refused.model())) {
      // Whatever failed besides: the models after it are the dispatcher's to find, and this node
      // is asked for them again where it serves them.
      String words = refused.failure().message();
      return new AttemptEnd.TooLong(
          new AttemptFailure(FailureCodes.CONTEXT_TOO_LONG, words, true, null),
          refused.backend(),
          refused.model());
    }
    if (lastFailure != null) {
      return new AttemptEnd.Failed(lastFailure);
    }
    return refused != null
        ? new AttemptEnd.Failed(refused.failure())
        : new AttemptEnd.Failed(
            new AttemptFailure(
                FailureCodes.BACKEND_BUSY,
                "no backend here that serves '" + assignment.model() + "' can take it now",
                true,
                over.roomInMs()));
  }

  /** Goes on with the next way on a backend that leave was taken for. */
  private CourseStep nextWay(CallPlan.Pick.Go go, Moment now) {
    if (!ways.hasNext()) {
      var _ = board.ended(go.ticket(), CallReport.ENDED, now.nanos());
      plan().leaveOut(go.ticket().backend());
      return nextCall(now);
    }
    Resumption way = ways.next();
    if (way instanceof Resumption.Fail fail) {
      var _ = board.ended(go.ticket(), CallReport.ENDED, now.nanos());
      return conclude(AttemptEnd.terminal(FailureCodes.STREAM_BROKEN, fail.reason()));
    }
    pick = go;
    CourseStep.Call next = new CourseStep.Call(go.ticket(), go.model(), way, stream());
    call = next;
    return next;
  }

  /** The same backend once more, by another way. */
  private CourseStep anotherWay(Moment now) {
    CallPlan.Pick.Go made = pick();
    Ticket ticket = plan().again(made.ticket().backend(), now);
    return ticket == null
        ? nextCall(now)
        : nextWay(new CallPlan.Pick.Go(made.model(), ticket, made.fallback()), now);
  }

  /**
   * A call to a backend has ended, and its ticket is given back.
   *
   * @param result how
   * @param now past the deadline a failure is the deadline's
   * @param stop why the attempt was stopped, if it was
   */
  public CourseStep called(CallEnd result, Moment now, @Nullable StopCause stop) {
    CourseStep.Call made = call;
    if (made == null) {
      throw new IllegalStateException("attempt " + assignment.fence() + " called no backend");
    }
    CourseStep next =
        switch (result) {
          case CallEnd.Whole whole -> conclude(whole.end());
          case CallEnd.Parted _ -> anotherWay(now);
          case CallEnd.Broken broken -> broken(made, broken, now);
          case CallEnd.Stopped _ -> {
            if (stop == null) {
              throw new IllegalStateException("attempt " + assignment.fence() + " was not stopped");
            }
            yield stopped(stop);
          }
        };
    // A backend that gives up at the deadline may be quicker to say so than our own clock.
    boolean failed = next instanceof CourseStep.Conclude && end.failure() != null;
    return failed && now.epochMs() >= assignment.deadlineMs()
        ? stopped(stop == null ? new StopCause.Expired() : stop)
        : next;
  }

  private CourseStep broken(CourseStep.Call made, CallEnd.Broken broken, Moment now) {
    Fault fault = broken.fault();
    boolean continued = made.way() instanceof Resumption.Continue && !broken.emitted();
    if (continued && (fault == Fault.CALLER || fault == Fault.PREFIX_REFUSED)) {
      // It may be the beginning of an answer that it refuses, not the request.
      return anotherWay(now);
    }
    AttemptFailure failure = broken.failure();
    if (!fault.otherModel()) {
      return conclude(new AttemptEnd.Failed(failure));
    }
    if (failure.retryable()) {
      lastFailure = failure;
    } else {
      tooLong = new AttemptEnd.TooLong(failure, made.backend(), made.model());
    }
    plan().failed(made.backend(), fault, failure.retryAfterMs(), broken.emitted(), now);
    return nextCall(now);
  }

  /**
   * What an attempt that was stopped from outside has to say.
   *
   * @throws IllegalStateException if that says how the job ends before it is known whether it had
   *     ended
   */
  public CourseStep stopped(StopCause cause) {
    if (given == null && !cause.endsUnread()) {
      throw new IllegalStateException(
          "attempt " + assignment.fence() + " would end a stream that it has not read back");
    }
    return switch (cause) {
      case StopCause.Cancelled cancelled ->
          conclude(new AttemptEnd.Cancelled(), new ReplyRecord.Cancelled(cancelled.reason()));
      case StopCause.Expired expired ->
          conclude(
              new AttemptEnd.Expired(),
              new ReplyRecord.Failed(
                  FailureCodes.DEADLINE_EXCEEDED, expired.reason(), assignment.attempt()));
      case StopCause.Unwritable unwritable -> new CourseStep.AskPlace(unwritable.reason());
      case StopCause.HandedOver _ -> new CourseStep.End(handedOver());
    };
  }

  /** Readers are told of a failure that is for good. */
  private CourseStep conclude(AttemptEnd how) {
    AttemptFailure failure = how.failure();
    return conclude(
        how,
        failure == null || failure.retryable()
            ? null
            : new ReplyRecord.Failed(failure.code(), failure.message(), assignment.attempt()));
  }

  private CourseStep conclude(AttemptEnd how, @Nullable ReplyRecord last) {
    end = how;
    return new CourseStep.Conclude(last);
  }

  /** Kafka has every record of the answer. */
  public CourseStep acknowledged() {
    return new CourseStep.End(end);
  }

  /** Kafka refused a record of the answer, whose outcome therefore does not count. */
  public CourseStep refused(String message) {
    return new CourseStep.AskPlace(message);
  }

  /**
   * What became of the reply place.
   *
   * @param missing whether it is not there any more: then nobody listens
   * @param message why the answer could not be written
   */
  public CourseStep place(boolean missing, String message) {
    return new CourseStep.End(
        missing
            ? unheard()
            : AttemptEnd.retryable(
                FailureCodes.BACKEND_ERROR, "the answer could not be written: " + message));
  }

  /**
   * Whoever runs a letter again has looked for the place, which may be cleared away meanwhile: then
   * the job must not be gone with it.
   */
  private AttemptEnd unheard() {
    if (assignment.headers().replay() == null || end instanceof AttemptEnd.Cancelled) {
      return new AttemptEnd.Cancelled();
    }
    return new AttemptEnd.Failed(
        new AttemptFailure(
            FailureCodes.REPLY_GONE,
            "the reply topic of the first try went before the replay was answered there; replayed"
                + " once more, the job runs without one",
            false,
            null));
  }

  /** How an attempt ends whose node stops: another one takes over at once. */
  public static AttemptEnd handedOver() {
    return new AttemptEnd.Failed(
        new AttemptFailure(FailureCodes.NODE_LOST, new StopCause.HandedOver().reason(), true, 0L));
  }

  private CallPlan plan() {
    CallPlan planned = plan;
    if (planned == null) {
      throw new IllegalStateException("attempt " + assignment.fence() + " has no plan yet");
    }
    return planned;
  }

  private CallPlan.Pick.Go pick() {
    CallPlan.Pick.Go picked = pick;
    if (picked == null) {
      throw new IllegalStateException("attempt " + assignment.fence() + " called no backend");
    }
    return picked;
  }

  private AnswerStream stream() {
    AnswerStream stream = answer;
    if (stream == null) {
      throw new IllegalStateException("attempt " + assignment.fence() + " has no stream yet");
    }
    return stream;
  }
}
