package dev.relevo.node.core;

import dev.relevo.common.protocol.ReplyRecord;
import org.jspecify.annotations.Nullable;

/**
 * What an attempt has to do next; {@link AttemptCourse} says which of its methods takes what came
 * of it. An attempt that is stopped when it is to {@link Call} (whose ticket it then gives back) or
 * to {@link Wait}, or that awaits {@link Accept} or {@link Claim} and is stopped by a cause that
 * {@link StopCause#endsUnread}, goes on with {@link AttemptCourse#stopped}; at any other step it
 * first does what it is at.
 */
public sealed interface CourseStep {

  /**
   * Say {@code accepted}; {@link AttemptCourse#accepted} when Kafka has it.
   *
   * @param startedOffset where the job's first {@code started} stands, once known
   */
  record Accept(@Nullable Long startedOffset) implements CourseStep {}

  /**
   * Say {@code accepted} and {@link AttemptCourse#goOn} at once.
   *
   * @param startedOffset where the job's first {@code started} stands; null without a reply place
   */
  record Tell(@Nullable Long startedOffset) implements CourseStep {}

  /**
   * Write {@code started}, say {@code accepted} with its offset when Kafka has it, and {@link
   * AttemptCourse#goOn} at once.
   */
  record ClaimFirst() implements CourseStep {}

  /** Write {@code started}; {@link AttemptCourse#claimed} when Kafka has it. */
  record Claim() implements CourseStep {}

  /**
   * Read what readers have; {@link AttemptCourse#readBack} or {@link AttemptCourse#unread}.
   *
   * @param reader takes the records
   */
  record ReadBack(GivenReader reader) implements CourseStep {}

  /**
   * Begin the way on the stream, call the backend and write what it brings, the stream's end
   * included, and when it breaks what still waits to be joined; give the ticket back to the board
   * and {@link AttemptCourse#called}.
   *
   * @param ticket leave for the call; names the backend
   * @param model what it is to run
   * @param way how
   * @param answer turns what it brings into records; the same through the whole attempt
   */
  record Call(Ticket ticket, String model, Resumption way, AnswerStream answer)
      implements CourseStep {
    /** The backend's name. */
    public String backend() {
      return ticket.backend();
    }
  }

  /**
   * Wait, at most this long; {@link AttemptCourse#waited}.
   *
   * @param nanos nanoseconds, 1 or more
   */
  record Wait(long nanos) implements CourseStep {}

  /**
   * Write the last record, if any, and wait until Kafka has answered for all records of the
   * attempt; {@link AttemptCourse#acknowledged} or {@link AttemptCourse#refused}.
   *
   * @param last the last record
   */
  record Conclude(@Nullable ReplyRecord last) implements CourseStep {}

  /**
   * Find out whether the reply place is gone; {@link AttemptCourse#place}.
   *
   * @param message why the answer could not be written
   */
  record AskPlace(String message) implements CourseStep {}

  /**
   * The attempt is over: its place is free, {@code finished} is due.
   *
   * @param end how it ended
   */
  record End(AttemptEnd end) implements CourseStep {}
}
