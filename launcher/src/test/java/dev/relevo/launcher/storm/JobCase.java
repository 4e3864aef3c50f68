package dev.relevo.launcher.storm;

import java.util.List;

/**
 * All that is known of a job when the storm is over.
 *
 * @param taken when Kafka had it; null when it did not take it
 * @param cancelled when Kafka had its cancel; null for never
 * @param live what was heard while it stormed
 * @param late what is heard afterwards
 * @param elsewhere what is heard where a second submit wanted the answer; null where none did
 * @param endedAtMs when whoever listened heard the end, of the storm's time; -1 for never
 * @param replies its records in its reply place, in order
 * @param states what dispatchers wrote down of it, in order
 * @param letters those of it that lie in the dead letters
 * @param body of the job as it was sent
 */
record JobCase(
    JobPlan plan,
    Taken taken,
    Taken cancelled,
    Heard live,
    Heard late,
    Heard elsewhere,
    long endedAtMs,
    List<LogEntry> replies,
    List<JobState> states,
    List<Letter> letters,
    String body) {

  boolean hasPlace() {
    return plan.place() != JobPlan.Place.NONE;
  }

  /** The last record of state that counts; null when there is none. */
  JobState state() {
    return states.stream().filter(JobState::counts).reduce((_, later) -> later).orElse(null);
  }

  boolean hasEndedInState() {
    JobState state = state();
    return state != null && state.isEnd();
  }

  /** How it ended, in the words of replies, wherever it is told. */
  String ending() {
    if (hasPlace()) {
      return late.ending();
    }
    JobState state = state();
    return switch (state == null ? "" : state.status()) {
      case "SUCCEEDED" -> "done";
      case "CANCELLED" -> "cancelled";
      case "DEAD", "EXPIRED" -> "failed";
      default -> "";
    };
  }

  /** Why it failed; empty when it did not. */
  String code() {
    if (hasPlace()) {
      return late.code();
    }
    JobState state = state();
    return state == null || !ending().equals("failed") ? "" : firstCode();
  }

  /** A dispatcher that takes over writes an end again without its reason. */
  private String firstCode() {
    return states.stream()
        .filter(state -> state.counts() && state.isEnd() && !state.code().isEmpty())
        .map(JobState::code)
        .findFirst()
        .orElse(letters.isEmpty() ? "" : letters.getFirst().code());
  }

  /** Attempts that a node began, whether they counted for anything or not. */
  long attemptsBegun() {
    return replies.stream().filter(entry -> type(entry).equals("started")).count();
  }

  /** The attempts that were used up when it failed, as its end says. */
  long attemptsUsed() {
    return replies.stream()
        .filter(entry -> type(entry).equals("failed"))
        .mapToLong(entry -> entry.json().path("attempts").asLong(0))
        .max()
        .orElseGet(() -> states.stream().mapToLong(JobState::attemptsUsed).max().orElse(0));
  }

  static String type(LogEntry reply) {
    return reply.json().path("type").asString("");
  }
}
