package dev.relevo.launcher.storm;

import dev.relevo.launcher.Words;
import java.util.List;

/**
 * A job of a storm, as the seed drew it.
 *
 * @param id of the job; those of one storm count upward
 * @param home the partition it is put into
 * @param lane {@code jobs} or {@code batch}
 * @param text what the model is asked to repeat
 * @param maxAttempts {@code relevo-max-attempts}; 0 leaves the header out
 * @param place where the answer goes
 * @param atMs when it is submitted, of the storm's time
 * @param deadlineMs milliseconds after it is submitted; {@link #NEVER} for none
 * @param maxWaitMs {@code relevo-max-wait}; {@link #NEVER} for none
 * @param cancelAtMs of the storm's time, also before {@code atMs}; {@link #NEVER} for none
 * @param again when it is submitted once more
 */
record JobPlan(
    String id,
    int home,
    String lane,
    String model,
    String text,
    String failover,
    int maxAttempts,
    String tenant,
    int priority,
    Place place,
    long atMs,
    long deadlineMs,
    long maxWaitMs,
    long cancelAtMs,
    List<Again> again) {
  static final long NEVER = Long.MAX_VALUE;

  /** What a job without {@code relevo-max-attempts} has. */
  static final int USUAL_ATTEMPTS = 3;

  /** Nobody serves it. */
  static final String NOBODYS_MODEL = "nobody";

  static final String FAILING_MODEL = "echo-fail";

  /** Where an answer goes. */
  enum Place {
    /** Only the outcome is kept. */
    NONE,
    /** An inbox with the answers to many jobs. */
    INBOX,
    /** A topic of its own. */
    TOPIC
  }

  /**
   * A second submit.
   *
   * @param elsewhere whether it names a reply topic that the first does not
   */
  record Again(long atMs, boolean elsewhere) {}

  JobPlan {
    again = List.copyOf(again);
  }

  /** What the model says, all of it. */
  String answer() {
    return Words.ECHO_SAYS + text;
  }

  int attemptsAllowed() {
    return maxAttempts == 0 ? USUAL_ATTEMPTS : maxAttempts;
  }

  boolean isCancelled() {
    return cancelAtMs != NEVER;
  }

  boolean hasDeadline() {
    return deadlineMs != NEVER;
  }

  boolean isImpatient() {
    return maxWaitMs != NEVER;
  }

  /** The whole of it in one line, for those who look for what went wrong. */
  String inWords() {
    StringBuilder words =
        new StringBuilder(
            "%s: %s of lane %s, home %d, tenant %s, priority %d, %d words, failover %s, %d attempts, at %d ms"
                .formatted(
                    id,
                    model,
                    lane,
                    home,
                    tenant,
                    priority,
                    text.split(" ", -1).length,
                    failover,
                    attemptsAllowed(),
                    atMs));
    words.append(", answer to ").append(place);
    if (hasDeadline()) {
      words.append(", deadline after ").append(deadlineMs).append(" ms");
    }
    if (isImpatient()) {
      words.append(", waits at most ").append(maxWaitMs).append(" ms");
    }
    if (isCancelled()) {
      words.append(", cancelled at ").append(cancelAtMs).append(" ms");
    }
    again.forEach(second ->
        words
            .append(second.elsewhere() ? ", again elsewhere at " : ", again at ")
            .append(second.atMs())
            .append(" ms"));
    return words.toString();
  }
}
