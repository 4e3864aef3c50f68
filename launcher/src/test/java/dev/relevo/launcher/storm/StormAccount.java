package dev.relevo.launcher.storm;

import dev.relevo.common.protocol.Fence;
import dev.relevo.launcher.storm.Problem.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Holds what is known of every job against what was promised. Pure: it reads nothing but what it is
 * given.
 */
final class StormAccount {
  /**
   * A cancel or a deadline has its effect within a second where everybody is there; here everybody
   * who matters may be frozen, away or being replaced. While the broker is away nothing can have an
   * effect: the time counts from when it is back.
   */
  static final long EFFECT_BOUND_MS = 30_000;

  private final List<Problem> problems = new ArrayList<>();

  private final List<Life.Span> outages;

  private StormAccount(List<Life.Span> outages) {
    this.outages = outages;
  }

  /**
   * Judges all of it.
   *
   * @param letters all that lie there, whoever's they are
   * @param outages when the broker was away
   * @return what is wrong; empty when every promise was kept
   */
  static List<Problem> judge(
      List<JobCase> jobs, List<PoisonCase> poison, List<Letter> letters, List<Life.Span> outages) {
    StormAccount account = new StormAccount(outages);
    jobs.forEach(account::judge);
    poison.forEach(account::judge);
    account.strays(jobs, poison, letters);
    return account.problems;
  }

  private void judge(JobCase job) {
    if (job.taken() == null) {
      found(job, Kind.NOT_TAKEN, "it was never acknowledged");
      return;
    }
    if (job.hasPlace()) {
      text(job);
    }
    if (!job.ending().isEmpty()) {
      ending(job);
      inTime(job);
    } else if (!job.hasPlace()) {
      found(job, Kind.LOST, "it has no reply place, and state says " + job.state());
    }
    state(job);
    letters(job);
    elsewhere(job);
  }

  private void text(JobCase job) {
    Heard late = job.late();
    String whole = job.plan().answer();
    if (!late.equals(job.live())) {
      found(job, Kind.READERS, "live " + job.live() + ", late " + late);
    }
    if (!late.hasEnded()) {
      found(job, Kind.LOST, late.toString());
    } else if (!whole.startsWith(late.text())) {
      Kind kind = late.text().length() > whole.length() ? Kind.DOUBLED : Kind.MIXED;
      found(job, kind, late.toString());
    } else if (late.ending().equals("done") && !late.text().equals(whole)) {
      found(job, Kind.CUT, late.toString());
    }
  }

  private void ending(JobCase job) {
    JobPlan plan = job.plan();
    String code = job.code();
    boolean lawful =
        switch (job.ending()) {
          // Also the model that breaks off: each attempt goes on behind the half that was said.
          case "done" -> !plan.model().equals(JobPlan.NOBODYS_MODEL);
          case "cancelled" -> plan.isCancelled();
          default ->
              switch (code) {
                case "deadline_exceeded" -> plan.hasDeadline();
                case "no_workers_available" -> plan.isImpatient();
                case "attempts_exhausted" -> job.attemptsUsed() >= plan.attemptsAllowed();
                // The pause before its next attempt would have outlasted its deadline.
                case "backend_error" ->
                    plan.model().equals(JobPlan.FAILING_MODEL) && plan.hasDeadline();
                case "stream_broken" -> plan.failover().equals("none");
                default -> false;
              };
        };
    if (!lawful) {
      found(job, Kind.ENDING, job.ending() + " " + code + ", " + job.attemptsUsed() + " attempts");
    }
  }

  /** Only an end that ignores a cancel or a deadline can be too late. */
  private void inTime(JobCase job) {
    JobPlan plan = job.plan();
    long takenMs = job.taken().atMs();
    if (job.endedAtMs() < 0) {
      return;
    }
    boolean ignoresCancel = job.cancelled() != null && !job.ending().equals("cancelled");
    if (ignoresCancel && isLate(Math.max(takenMs, job.cancelled().atMs()), job.endedAtMs())) {
      found(
          job,
          Kind.LATE,
          "its cancel was there at %d ms, and it was %s at %d ms"
              .formatted(job.cancelled().atMs(), job.ending(), job.endedAtMs()));
    }
    if (plan.hasDeadline() && isLate(takenMs + plan.deadlineMs(), job.endedAtMs())) {
      found(
          job,
          Kind.LATE,
          "its deadline was at %d ms, and it was %s at %d ms"
              .formatted(takenMs + plan.deadlineMs(), job.ending(), job.endedAtMs()));
    }
  }

  private boolean isLate(long dueMs, long endedMs) {
    long fromMs = dueMs;
    for (Life.Span outage : outages) {
      if (outage.fromMs() <= endedMs && outage.toMs() > fromMs) {
        fromMs = Math.min(outage.toMs(), endedMs);
      }
    }
    return endedMs > fromMs + EFFECT_BOUND_MS;
  }

  private void state(JobCase job) {
    JobState state = job.state();
    if (!job.hasEndedInState()) {
      found(job, Kind.STATE, "it still says " + state);
      return;
    }
    Set<String> allowed =
        switch (job.ending()) {
          case "done" -> Set.of("SUCCEEDED");
          case "cancelled" -> Set.of("CANCELLED");
          case "failed" -> Set.of("DEAD", "EXPIRED");
          default -> Set.of();
        };
    if (!allowed.contains(state.status())) {
      found(job, Kind.STATE, "it says " + state.status() + ", the stream " + job.late());
    }
    if (state.status().equals("EXPIRED") && !job.plan().hasDeadline()) {
      found(job, Kind.STATE, "it says EXPIRED of a job that has the usual deadline");
    }
    Set<String> ends = new HashSet<>();
    job.states().stream()
        .filter(any -> any.counts() && any.isEnd())
        .forEach(end -> ends.add(end.status() + " by " + end.fence()));
    if (ends.size() > 1) {
      found(job, Kind.DOUBLED, "it ended as " + ends);
    }
  }

  private void letters(JobCase job) {
    JobState state = job.state();
    if (!job.hasEndedInState()) {
      return;
    }
    boolean due = state.status().equals("DEAD") || state.status().equals("EXPIRED");
    long named = 0;
    for (Letter letter : job.letters()) {
      if (!due) {
        found(job, Kind.LETTER, state.status() + ", and yet there is " + letter.key());
      } else if (letter.fence().equals(state.fence())) {
        named++;
        if (!job.body().equals(letter.entry().value())) {
          found(job, Kind.LETTER, letter.key() + " has not the job's own bytes");
        }
      } else if (!Fence.parse(state.fence()).isHigherThan(Fence.parse(letter.fence()))) {
        found(job, Kind.LETTER, letter.key() + " is not void, state names " + state.fence());
      }
    }
    if (due && named != 1) {
      found(
          job, Kind.LETTER, "state names " + state.fence() + ", of which " + named + " lie there");
    }
  }

  private void elsewhere(JobCase job) {
    Heard heard = job.elsewhere();
    if (heard != null && !heard.code().equals("already_submitted")) {
      found(job, Kind.DOUBLED, "where it was submitted again stands " + heard);
    }
  }

  private void judge(PoisonCase poison) {
    String id = poison.plan().id();
    if (poison.taken() == null) {
      problems.add(new Problem(id, Kind.NOT_TAKEN, "it was never acknowledged"));
      return;
    }
    List<Letter> letters = poison.letters();
    String code = poison.plan().kind().code;
    if (letters.size() != 1) {
      problems.add(
          new Problem(
              id, Kind.POISON, letters.size() + " letters of its record " + poison.taken()));
    } else if (!letters.getFirst().code().equals(code)
        || !poison.value().equals(letters.getFirst().entry().value())) {
      problems.add(new Problem(id, Kind.POISON, "its letter is not right: " + letters.getFirst()));
    }
    if (poison.canBeTold() && !poison.heard().code().equals(code)) {
      problems.add(new Problem(id, Kind.POISON, "who asked was told " + poison.heard()));
    }
  }

  /** Letters of nobody. */
  private void strays(List<JobCase> jobs, List<PoisonCase> poison, List<Letter> letters) {
    Set<String> known = new HashSet<>();
    jobs.forEach(job -> job.letters().forEach(letter -> known.add(letter.entry().where())));
    poison.forEach(bad -> bad.letters().forEach(letter -> known.add(letter.entry().where())));
    for (Letter letter : letters) {
      if (!known.contains(letter.entry().where())) {
        problems.add(new Problem(letter.key(), Kind.LETTER, "it is nobody's: " + letter));
      }
    }
  }

  private void found(JobCase job, Kind kind, String words) {
    problems.add(new Problem(job.plan().id(), kind, words));
  }
}
