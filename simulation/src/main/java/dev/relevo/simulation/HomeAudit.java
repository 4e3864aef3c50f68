package dev.relevo.simulation;

import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.StateRecord;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What state and dead letters say of one home, by the rule that a lower epoch's word is void. */
final class HomeAudit {
  private static final int USUAL_ATTEMPTS = 3;

  private final int number;
  private final Audit audit;
  private final Map<String, StateRecord.Job> jobs = new HashMap<>();
  private final Map<String, Set<String>> tried = new HashMap<>();
  private final Map<String, DeadLetter> letters = new HashMap<>();
  private final Set<String> late = new HashSet<>();
  private long epoch = -1;

  HomeAudit(int number, Audit audit) {
    this.number = number;
    this.audit = audit;
  }

  long epoch() {
    return epoch;
  }

  void opened(long offset) {
    epoch = offset;
  }

  Set<String> tried(String job) {
    return tried.getOrDefault(job, Set.of());
  }

  StateRecord.@Nullable Job current(String job) {
    return jobs.get(job);
  }

  boolean isEnded(String job) {
    StateRecord.Job current = jobs.get(job);
    if (current != null) {
      return current.status().isTerminal();
    }
    Truth truth = audit.truths().get(job);
    return truth != null && truth.forgotten.contains(number);
  }

  void letter(String key, @Nullable DeadLetter letter) {
    if (letter == null) {
      letters.remove(key);
    } else {
      letters.put(key, letter);
    }
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
    if (before != null && before.status().isTerminal() && before.status() != record.status()) {
      throw new Violation(
          Invariant.STATE_AGREES,
          "job " + id + " had ended as " + before.status() + " and is " + record.status() + " now");
    }
    if (record.status().isTerminal()) {
      told(truth, record);
      buried(id, record);
    }
  }

  /** The history of a job, as its owner knows it. */
  void knows(String id, StateRecord.Job record) {
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

  /** Readers were told before state says so, and the same. */
  private void told(Truth truth, StateRecord.Job record) {
    String topic = record.replyTopic();
    Place place = truth.job.reply();
    if (topic == null || place == null || !place.topic().equals(topic)) {
      return;
    }
    Stream stream = audit.stream(place, truth.job.id());
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

  private void buried(String id, StateRecord.Job record) {
    DeadLetter letter = record.fence() == null ? null : letters.get(record.fence());
    boolean lies = letter != null && Objects.equals(letter.job(), id);
    if (isBuried(record.status()) && !lies) {
      throw new Violation(
          Invariant.LETTERS_AGREE,
          "job "
              + id
              + " is "
              + record.status()
              + " with fence "
              + record.fence()
              + ", and no dead letter says why");
    }
  }

  private static boolean isBuried(JobStatus status) {
    return status == JobStatus.DEAD || status == JobStatus.EXPIRED;
  }

  /**
   * In the end: state names a letter where one is due. Another letter of a job, which somebody left
   * who died before state, is of a lower fence: void, for its replay changes nothing.
   */
  void finish(int dedupeMax) {
    int remembered = 0;
    for (Map.Entry<String, StateRecord.Job> job : jobs.entrySet()) {
      boolean ended = job.getValue().status().isTerminal() && !late.contains(job.getKey());
      remembered += ended ? 1 : 0;
    }
    for (DeadLetter letter : letters.values()) {
      String id = letter.job();
      String fence = letter.fence();
      StateRecord.Job job = id == null ? null : jobs.get(id);
      if (job != null && id != null && fence != null && !late.contains(id)) {
        valid(job, id, fence);
      }
    }
    if (remembered > dedupeMax) {
      throw new Violation(
          Invariant.MEMORY_BOUNDED,
          "home " + number + " remembers " + remembered + " ended jobs, at most " + dedupeMax);
    }
  }

  private static void valid(StateRecord.Job job, String id, String fence) {
    String named = job.fence();
    boolean same = fence.equals(named);
    boolean lower = named != null && Fence.parse(named).isHigherThan(Fence.parse(fence));
    if (same ? !isBuried(job.status()) : !lower) {
      throw new Violation(
          Invariant.LETTERS_AGREE,
          "job "
              + id
              + " is "
              + job.status()
              + " with fence "
              + named
              + " and has a dead letter with fence "
              + fence);
    }
  }
}
