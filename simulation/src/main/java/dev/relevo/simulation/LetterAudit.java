package dev.relevo.simulation;

import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.StateRecord;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What lies in the dead letters of one home, and what came of those that were replayed. */
final class LetterAudit {
  private final int home;
  private final Map<String, Buried> letters = new HashMap<>();
  private final Set<String> malformed = new TreeSet<>();

  /** Replays that stand in a lane, by their place in it: the letter that each names. */
  private final Map<String, String> asked = new HashMap<>();

  /** Letters that were valid when somebody replayed them, and whose jobs they are. */
  private final Map<String, String> owed = new TreeMap<>();

  /** Letters that have run again, and which record of a lane it was. */
  private final Map<String, String> ran = new HashMap<>();

  /** Records that are no job, deleted ones too: who has read one may lay it there later. */
  private final Set<String> unreadable = new HashSet<>();

  private final Set<String> takenOut = new HashSet<>();

  /** Replays that were deleted before anybody can be sure to have read them. */
  private final Set<String> lost = new HashSet<>();

  LetterAudit(int home) {
    this.home = home;
  }

  private static String at(Lane lane, long offset) {
    return lane.text() + "." + offset;
  }

  void append(String key, @Nullable Buried letter) {
    if (letter == null) {
      if (letters.remove(key) != null && !asked.containsValue(key)) {
        throw agree("letter " + key + " was taken out, and nobody had replayed it");
      }
      takenOut.add(key);
      return;
    }
    if (letter.letter().fence() == null && !unreadable.contains(key)) {
      throw agree("letter " + key + " says that a record cannot be read which can be");
    }
    letters.put(key, letter);
  }

  /** Every letter that lies there now, by key. */
  Map<String, Buried> lying() {
    return new TreeMap<>(letters);
  }

  /** A record that is no job stands in a lane. */
  void malformed(Lane lane, long offset) {
    malformed.add(home + "." + at(lane, offset));
    unreadable.add(home + "." + at(lane, offset));
  }

  /** A replay stands in a lane. */
  void asks(String job, Lane lane, long offset, Fence letter, StateRecord.@Nullable Job current) {
    asked.put(at(lane, offset), letter.toString());
    if (current != null
        && isBuried(current.status())
        && letter.toString().equals(current.fence())) {
      owed.put(letter.toString(), job);
    }
  }

  /** A record was deleted before anybody can be sure to have read it. */
  void lost(Lane lane, long offset) {
    malformed.remove(home + "." + at(lane, offset));
    String letter = asked.get(at(lane, offset));
    if (letter != null) {
      owed.remove(letter);
      lost.add(at(lane, offset));
    }
  }

  /** Why not everything that was replayed has run; empty when it has. */
  String unfinished(Set<String> exceptJobs) {
    for (Map.Entry<String, String> letter : owed.entrySet()) {
      if (!ran.containsKey(letter.getKey()) && !exceptJobs.contains(letter.getValue())) {
        return "letter "
            + letter.getKey()
            + " of job "
            + letter.getValue()
            + " was replayed, "
            + "and the job does not run again";
      }
    }
    return "";
  }

  /**
   * A job that had ended does not stand as it did.
   *
   * @return whether that is the first word of a replay; false when nothing new began
   */
  boolean again(String id, StateRecord.Job before, StateRecord.Job record) {
    if (before.lane() == record.lane() && before.offset() == record.offset()) {
      return false;
    }
    String at = at(record.lane(), record.offset());
    String letter = asked.get(at);
    boolean valid = letter != null && isBuried(before.status()) && letter.equals(before.fence());
    String earlier = letter == null ? null : ran.putIfAbsent(letter, at);
    if (!valid || (earlier != null && !earlier.equals(at))) {
      throw new Violation(
          Invariant.REPLAYED_ONCE,
          "job "
              + id
              + " had ended as "
              + before.status()
              + " with fence "
              + before.fence()
              + " and runs again for record "
              + at
              + ", which replays letter "
              + letter
              + (earlier == null ? "" : ", which ran for record " + earlier + " before"));
    }
    return true;
  }

  /** A job ends: where a letter is due, it lies there, or did until somebody replayed it. */
  void due(String id, StateRecord.Job record) {
    if (isBuried(record.status())
        && !lies(id, record.fence())
        && !(takenOut.contains(record.fence()) && asked.containsValue(record.fence()))) {
      throw missing(id, record);
    }
  }

  private static Violation missing(String id, StateRecord.Job record) {
    return agree(
        "job "
            + id
            + " is "
            + record.status()
            + " with fence "
            + record.fence()
            + ", and no dead letter says why");
  }

  private boolean lies(String id, @Nullable String fence) {
    Buried letter = fence == null ? null : letters.get(fence);
    return letter != null && Objects.equals(letter.letter().job(), id);
  }

  static boolean isBuried(JobStatus status) {
    return status == JobStatus.DEAD || status == JobStatus.EXPIRED;
  }

  /**
   * In the end: a letter lies for each job that is dead or has expired, and for none else. Another
   * letter of a job, which somebody left who died before state, is of a lower fence: void, for its
   * replay changes nothing.
   *
   * @param jobs what state says
   * @param known whether a home ever knew a job
   */
  void finish(Map<String, StateRecord.Job> jobs, java.util.function.Predicate<String> known) {
    jobs.forEach((id, job) -> {
      if (isBuried(job.status()) && !lies(id, job.fence())) {
        throw missing(id, job);
      }
    });
    for (Buried buried : letters.values()) {
      DeadLetter letter = buried.letter();
      String id = letter.job();
      String fence = letter.fence();
      if (id == null || fence == null) {
        continue;
      }
      StateRecord.Job job = jobs.get(id);
      if (job != null) {
        valid(job, id, fence);
      } else if (!known.test(id)) {
        throw agree("there is a dead letter of job " + id + ", which nobody knows");
      }
    }
    for (String key : malformed) {
      if (!letters.containsKey(key)) {
        throw agree("a record that is no job has no letter " + key);
      }
    }
    ran.forEach((letter, at) -> {
      // Who died before it was taken out has an heir that does so, if it meets the record again.
      if (!takenOut.contains(letter) && !lost.contains(at)) {
        throw new Violation(
            Invariant.REPLAYED_ONCE, "letter " + letter + " has run again and still lies there");
      }
    });
  }

  private static void valid(StateRecord.Job job, String id, String fence) {
    String named = job.fence();
    boolean same = fence.equals(named);
    boolean lower = named != null && Fence.parse(named).isHigherThan(Fence.parse(fence));
    if (same ? !isBuried(job.status()) : !lower) {
      throw agree(
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

  private static Violation agree(String message) {
    return new Violation(Invariant.LETTERS_AGREE, message);
  }
}
