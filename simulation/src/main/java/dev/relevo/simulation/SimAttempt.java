package dev.relevo.simulation;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.node.backend.Fault;
import dev.relevo.node.core.AnswerStream;
import dev.relevo.node.core.AttemptCourse;
import dev.relevo.node.core.AttemptEnd;
import dev.relevo.node.core.BackendBoard;
import dev.relevo.node.core.CallEnd;
import dev.relevo.node.core.CallReport;
import dev.relevo.node.core.CourseStep;
import dev.relevo.node.core.Given;
import dev.relevo.node.core.GivenReader;
import dev.relevo.node.core.Moment;
import dev.relevo.node.core.RequestTraits;
import dev.relevo.node.core.Resumption;
import dev.relevo.node.core.StopCause;
import dev.relevo.node.core.Ticket;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One attempt: the real course and answer stream; it does what the course says next, as {@code
 * Attempt} does, where a wait of the real one is a gap between two tasks here.
 */
final class SimAttempt {
  private static final long LINGER_NANOS = 20 * World.MS;
  private static final int READ_BACK_PATIENCE = 200;

  private final SimNode node;
  private final Assignment assignment;
  private final AttemptCourse course;
  private final SimWriter writer;
  private final long takenAtMs;
  private final long takenNanos;
  private @Nullable StopCause stop;
  private boolean stoppable;
  private boolean started;
  private int wait;
  private long claimedAt = -1;
  private @Nullable String backend;
  private String model;
  private boolean waits;
  private boolean over;

  SimAttempt(SimNode node, Assignment assignment) {
    this.node = node;
    this.assignment = assignment;
    this.model = assignment.model();
    this.takenAtMs = node.epochMs();
    this.takenNanos = node.world.nanos();
    this.writer = new SimWriter(node, assignment, this::unwritable);
    boolean plain = node.house.audit.isPlain(assignment.job());
    this.course =
        new AttemptCourse(
            node.house.flawed(assignment),
            () -> new RequestTraits(plain, null),
            node.board,
            (backend, model) -> node.continues(backend),
            LINGER_NANOS);
  }

  Assignment assignment() {
    return assignment;
  }

  void start() {
    started = true;
    advance(course.begin());
  }

  /** Stops it from outside; the first cause counts. */
  void stop(StopCause cause) {
    if (stop != null || over) {
      return;
    }
    stop = cause;
    if (started && waits) {
      wait++;
      node.after(0, this::waited);
    } else if (started && stoppable) {
      node.after(node.dice.between(0, 3) * World.MS, this::stopped);
    }
  }

  private void stopped() {
    StopCause cause = stop;
    boolean flawed = node.world.flaw == Flaw.ENDS_UNREAD;
    if (stoppable && cause != null && (flawed || cause.endsUnread())) {
      stoppable = false;
      wait++;
      advance(course.stopped(cause));
    }
  }

  /** What comes of a wait, unless the attempt was stopped meanwhile. */
  private Runnable awaiting(Runnable then) {
    int number = ++wait;
    return () -> {
      if (number == wait) {
        stoppable = false;
        then.run();
      }
    };
  }

  private void advance(CourseStep first) {
    CourseStep step = first;
    while (step != null) {
      step = carryOut(step);
    }
  }

  /** Null when it has to wait. */
  private @Nullable CourseStep carryOut(CourseStep step) {
    switch (step) {
      case CourseStep.Accept accept -> {
        Runnable then = awaiting(() -> advance(goOnUnlessStopped()));
        accept(accept.startedOffset(), then);
        return await();
      }
      case CourseStep.Tell tell -> {
        accept(tell.startedOffset(), () -> {});
        return course.goOn(now());
      }
      case CourseStep.ClaimFirst _ -> {
        writer.write(
            claim(),
            offset -> {
              claimedAt = offset;
              accept(offset, () -> {});
            });
        return course.goOn(now());
      }
      case CourseStep.Claim _ -> {
        long[] own = new long[1];
        Runnable then = awaiting(() -> advance(course.claimed(own[0])));
        writer.write(
            claim(),
            offset -> {
              claimedAt = offset;
              own[0] = offset;
              then.run();
            });
        return await();
      }
      case CourseStep.ReadBack readBack -> {
        if (node.world.flaw == Flaw.NO_READ_BACK_BY_NODE) {
          return course.readBack(Given.nothing(), readBack.reader().to(), now());
        }
        node.after(
            node.dice.between(2, 60) * World.MS,
            () -> readBack(readBack.reader(), READ_BACK_PATIENCE));
        return null;
      }
      case CourseStep.Call call -> {
        return call(call);
      }
      case CourseStep.Wait wait -> {
        return pause(wait);
      }
      case CourseStep.Conclude conclude -> {
        conclude(conclude);
        return null;
      }
      case CourseStep.AskPlace ask -> {
        boolean gone = writer.isMissing();
        node.after(
            node.dice.between(1, 20) * World.MS, () -> advance(course.place(gone, ask.message())));
        return null;
      }
      case CourseStep.End end -> {
        finish(end.end());
        return null;
      }
    }
  }

  private @Nullable CourseStep await() {
    StopCause cause = stop;
    if (cause != null && cause.endsUnread()) {
      wait++;
      return course.stopped(cause);
    }
    stoppable = true;
    return null;
  }

  private CourseStep goOnUnlessStopped() {
    StopCause cause = stop;
    return cause == null || !cause.endsUnread() ? course.accepted(now()) : course.stopped(cause);
  }

  private void readBack(GivenReader reader, int patience) {
    Place place = SimEffects.place(reader.place());
    SimLog.Partition partition = node.log.find(place);
    if (partition == null || patience == 0) {
      advance(course.unread("the stream so far could not be read back in time"));
      return;
    }
    if (partition.isAway()) {
      node.after(100 * World.MS, () -> readBack(reader, patience - 1));
      return;
    }
    reader.beginsAt(partition.beginning());
    for (int i = partition.indexOf(reader.from()); i < partition.records().size(); i++) {
      SimRecord record = partition.records().get(i);
      if (record.offset() >= reader.to()) {
        break;
      }
      Fence fence = record.fence();
      if (record.key().equals(reader.job())
          && fence != null
          && record.value() instanceof ReplyRecord reply) {
        reader.accept(record.offset(), fence, reply);
      }
    }
    advance(course.readBack(reader.given(), reader.firstStartedOffset(), now()));
  }

  private @Nullable CourseStep call(CourseStep.Call call) {
    StopCause cause = stop;
    if (cause != null) {
      var _ = node.board.ended(call.ticket(), CallReport.ENDED, node.world.nanos());
      return course.stopped(cause);
    }
    AnswerStream answer = call.answer();
    backend = call.backend();
    model = call.model();
    boolean leaky =
        node.world.flaw == Flaw.REPLAY_NOT_HELD_BACK && call.way() instanceof Resumption.Replay;
    writer.write(answer.begin(leaky ? new Resumption.Plain() : call.way(), node.world.nanos()));
    node.tell("calls", backend, call.way(), "for", assignment.fence());
    String prefix = call.way() instanceof Resumption.Continue go ? go.prefix() : null;
    SimCall running =
        new SimCall(this, answer, call.ticket(), node.house.models.call(assignment.job(), prefix));
    running.start();
    return null;
  }

  /** Ends early when the attempt is stopped. */
  private @Nullable CourseStep pause(CourseStep.Wait step) {
    StopCause cause = stop;
    if (cause != null) {
      return course.stopped(cause);
    }
    waits = true;
    node.after(step.nanos(), awaiting(this::waited));
    return null;
  }

  private void waited() {
    waits = false;
    StopCause cause = stop;
    advance(cause == null ? course.waited(now()) : course.stopped(cause));
  }

  private Moment now() {
    return new Moment(node.epochMs(), node.world.nanos());
  }

  /** A call has ended. */
  void called(CallEnd end, AnswerStream answer, Ticket ticket) {
    CallReport report =
        switch (end) {
          case CallEnd.Whole _ -> CallReport.WELL;
          case CallEnd.Broken broken ->
              CallReport.failed(broken.fault(), broken.failure().retryAfterMs());
          case CallEnd.Parted _, CallEnd.Stopped _ -> CallReport.ENDED;
        };
    if (node.board.ended(ticket, report, node.world.nanos()) != BackendBoard.Change.NONE) {
      node.wantBeat();
    }
    if (!(end instanceof CallEnd.Whole)) {
      writer.write(answer.flush(node.world.nanos()));
    }
    advance(course.called(end, now(), stop));
  }

  /** Ends a whole answer; null when it parted from what readers have. */
  CallEnd whole(AnswerStream answer, String name) {
    AnswerStream.Step step =
        answer.end(FinishReason.STOP, null, name, model, assignment.attempt(), node.world.nanos());
    return switch (step) {
      case AnswerStream.Step.Write last -> {
        writer.write(last.records());
        yield new CallEnd.Whole(new AttemptEnd.Succeeded(null, name, model));
      }
      case AnswerStream.Step.Parted _ -> new CallEnd.Parted();
    };
  }

  /** A piece; false when it parted. */
  boolean piece(AnswerStream answer, String text) {
    node.house.audit.nodes.says(this);
    return switch (answer.accept(0, Delta.text(text), node.world.nanos())) {
      case AnswerStream.Step.Write records -> {
        writer.write(records.records());
        if (answer.isWaiting()) {
          node.after(LINGER_NANOS, () -> writer.write(answer.flush(node.world.nanos())));
        }
        yield true;
      }
      case AnswerStream.Step.Parted _ -> false;
    };
  }

  static CallEnd broken(String message, boolean retryable, @Nullable Long after, boolean emitted) {
    String code = retryable ? FailureCodes.BACKEND_ERROR : FailureCodes.INVALID_REQUEST;
    return new CallEnd.Broken(
        new AttemptFailure(code, message, retryable, after),
        retryable ? Fault.CUT : Fault.CALLER,
        emitted);
  }

  boolean isStopped() {
    return stop != null;
  }

  SimNode node() {
    return node;
  }

  long takenNanos() {
    return takenNanos;
  }

  /** Where its claim stands in the reply place; -1 while that is not known. */
  long claimedAt() {
    return claimedAt;
  }

  boolean isOver() {
    return over;
  }

  private void conclude(CourseStep.Conclude conclude) {
    ReplyRecord last = conclude.last();
    if (last != null) {
      writer.write(List.of(last));
    }
    writer.whenAcknowledged(() ->
        advance(
            writer.isRefused()
                ? course.refused("the answer could not be written")
                : course.acknowledged()));
  }

  private ReplyRecord claim() {
    return new ReplyRecord.Started(node.name);
  }

  private void accept(@Nullable Long startedOffset, Runnable acknowledged) {
    node.send(
        assignment.job(),
        assignment.fence(),
        new EventRecord.Accepted(node.name, node.incarnation, startedOffset),
        acknowledged);
  }

  private void unwritable() {
    StopCause cause = new StopCause.Unwritable("the answer could not be written");
    stop(cause);
    if (stoppable && !cause.equals(stop)) {
      stoppable = false;
      wait++;
      advance(course.stopped(cause));
    }
  }

  private void finish(AttemptEnd end) {
    over = true;
    AttemptEnd.Succeeded succeeded = end instanceof AttemptEnd.Succeeded s ? s : null;
    node.tell("ends", assignment.fence(), end);
    node.ended(
        this,
        new EventRecord.Finished(
            node.name,
            node.incarnation,
            end.outcome(),
            end.failure(),
            succeeded == null ? backend : succeeded.backend(),
            succeeded == null ? model : succeeded.model(),
            null,
            null,
            takenAtMs,
            node.epochMs()));
  }
}
