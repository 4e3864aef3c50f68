package dev.relevo.simulation;

import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.StateRecord;
import dev.relevo.simulation.Dispatches.At;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What state says of one home, by the rule that a lower epoch's word is void. */
final class HomeAudit {
  private static final int USUAL_ATTEMPTS = 3;

  final LetterAudit letters;
  private final int number;
  private final Audit audit;
  private final Map<String, StateRecord.Job> jobs = new HashMap<>();
  private final Map<String, Set<String>> tried = new HashMap<>();
  private final Map<String, At> lastKnown = new HashMap<>();
  private final Set<String> late = new HashSet<>();
  private long epoch = -1;

  HomeAudit(int number, Audit audit) {
    this.number = number;
    this.audit = audit;
    this.letters = new LetterAudit(number);
  }

  long epoch() {
    return epoch;
  }

  /** An heir knows what state holds; what its predecessor had not written there went with it. */
  void opened(long offset) {
    epoch = offset;
    tried.clear();
    jobs.forEach((id, record) -> {
      if (!late.contains(id)) {
        knows(id, record);
      }
    });
  }

  Set<String> tried(String job) {
    return tried.getOrDefault(job, Set.of());
  }

  /** The record of a lane that a job's owner runs it for, as its last word to state says. */
  @Nullable At lastKnown(String job) {
    return lastKnown.get(job);
  }

  StateRecord.@Nullable Job current(String job) {
    return jobs.get(job);
  }

  boolean isEnded(String job) {
    StateRecord.Job current = jobs.get(job);
    if (current != null) {
      return current.status().isTerminal();
    }
    return hasForgotten(job);
  }

  private boolean hasForgotten(String job) {
    Truth truth = audit.truths().get(job);
    return truth != null && truth.forgotten.contains(number);
  }

  private boolean hasLost(String job) {
    Truth truth = audit.truths().get(job);
    return truth != null && truth.isLost(number);
  }

  /** Why not all replays have run; empty when they have. */
  String unfinished() {
    Set<String> except = new HashSet<>(late);
    for (Truth truth : audit.truths().values()) {
      if (truth.forgotten.contains(number)) {
        except.add(truth.job.id());
      }
    }
    return letters.unfinished(except);
  }

  /** A replay of a letter stands in a lane. */
  void asks(String job, Lane lane, long offset, Fence letter) {
    letters.asks(job, lane, offset, letter, late.contains(job) ? null : jobs.get(job));
  }

  void forgotten(Truth truth, long writer) {
    if (writer >= epoch) {
      jobs.remove(truth.job.id());
      tried.remove(truth.job.id());
      truth.forgotten.add(number);
    }
  }

  void job(Truth truth, StateRecord.Job record) {
    String id = truth.job.id();
    if (record.epoch() < epoch) {
      // Void, unless nothing else is known of the job: then an heir takes it for better than
      // nothing.
      if (!jobs.containsKey(id) && !truth.forgotten.contains(number)) {
        jobs.put(id, record);
        late.add(id);
      }
      return;
    }
    StateRecord.Job before = jobs.put(id, record);
    if (late.remove(id)) {
      before = null;
    }
    bounded(truth, record);
    knows(id, record);
    if (truth.forgotten.contains(number)) {
      return;
    }
    if (before != null
        && before.status().isTerminal()
        && !letters.again(id, before, record)
        && before.status() != record.status()) {
      throw new Violation(
          Invariant.STATE_AGREES,
          "job " + id + " had ended as " + before.status() + " and is " + record.status() + " now");
    }
    if (record.status().isTerminal()) {
      wanted(truth, record);
      told(truth, record);
      letters.due(id, record);
    }
  }

  /** The history of a job, as its owner knows it. */
  void knows(String id, StateRecord.Job record) {
    At at = new At(House.lane(record.lane(), number), record.offset());
    At before = lastKnown.put(id, at);
    if (before != null && !before.equals(at)) {
      // A replay: everybody may be tried again.
      tried.remove(id);
    }
    for (AttemptReport report : record.attempts()) {
      tried.computeIfAbsent(id, any -> new HashSet<>()).add(report.node());
    }
  }

  private void bounded(Truth truth, StateRecord.Job record) {
    Integer asked = truth.job.maxAttempts();
    int most = asked == null ? USUAL_ATTEMPTS : asked;
    long failed =
        record.attempts().stream()
            .filter(report -> !report.code().equals(FailureCodes.NODE_LOST))
            .map(AttemptReport::fence)
            .distinct()
            .count();
    if (record.attemptsUsed() > most || failed > most) {
      throw new Violation(
          Invariant.ATTEMPTS_BOUNDED,
          "job "
              + truth.job.id()
              + " used "
              + record.attemptsUsed()
              + " attempts and failed "
              + failed
              + " times, at most "
              + most
              + " are allowed");
    }
  }

  /** Nobody cancels a job but who asks for it; what was asked before a replay does not mean it. */
  private void wanted(Truth truth, StateRecord.Job record) {
    Asked asked = audit.asked(new At(House.lane(record.lane(), number), record.offset()));
    // Where two homes have it, the one's word may be the other's end.
    boolean twice = truth.homes().size() > 1;
    if (record.status() != JobStatus.CANCELLED || asked == null || twice) {
      return;
    }
    Place place = asked.reply();
    boolean unheard = place != null && audit.stream(place, truth.job.id(), asked).isGone();
    if (!asked.isMeantBy(truth.cancelledMs) && !unheard) {
      throw new Violation(
          Invariant.CANCELS_COUNT,
          "job " + truth.job.id() + " ended as CANCELLED, and nobody had cancelled what ran");
    }
  }

  /** Readers were told before state says so, and the same. */
  private void told(Truth truth, StateRecord.Job record) {
    Asked asked = audit.asked(new At(House.lane(record.lane(), number), record.offset()));
    Place place = asked == null ? null : asked.reply();
    if (asked == null || place == null || !place.topic().equals(record.replyTopic())) {
      return;
    }
    Stream stream = audit.stream(place, truth.job.id(), asked);
    int home = stream.live().home();
    if (stream.isGone() || (home >= 0 && home != number)) {
      return;
    }
    ReplyRecord end = stream.live().terminal();
    boolean same =
        switch (record.status()) {
          case SUCCEEDED -> end instanceof ReplyRecord.Done;
          case CANCELLED -> end instanceof ReplyRecord.Cancelled;
          case DEAD, EXPIRED -> end instanceof ReplyRecord.Failed;
          case QUEUED, PARKED, ASSIGNED, RUNNING -> false;
        };
    if (!same) {
      throw new Violation(
          Invariant.STATE_AGREES,
          "job "
              + truth.job.id()
              + " is "
              + record.status()
              + " in state, and its readers have "
              + end);
    }
  }

  /** In the end: letters agree, little is remembered. */
  void finish(int dedupeMax) {
    Map<String, StateRecord.Job> known = new HashMap<>(jobs);
    known.keySet().removeAll(late);
    known.keySet().removeIf(this::hasForgotten);
    known.values().removeIf(job -> !job.status().isTerminal());
    letters.finish(known, job -> jobs.containsKey(job) || hasForgotten(job) || hasLost(job));
    long remembered =
        jobs.entrySet().stream()
            .filter(job -> job.getValue().status().isTerminal() && !late.contains(job.getKey()))
            .count();
    if (remembered > dedupeMax) {
      throw new Violation(
          Invariant.MEMORY_BOUNDED,
          "home " + number + " remembers " + remembered + " ended jobs, at most " + dedupeMax);
    }
  }

  /** How a job stands. */
  @Nullable JobStatus status(String job) {
    StateRecord.Job current = jobs.get(job);
    return current == null ? null : current.status();
  }
}
