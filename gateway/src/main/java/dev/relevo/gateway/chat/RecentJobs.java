package dev.relevo.gateway.chat;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The named jobs that this process submitted last. A dispatcher writes a job down a moment after it
 * was submitted, and tells nobody of a second one that asks for the same place of answer: until
 * then this is how the second request knows better than to submit it. Thread-safe.
 */
final class RecentJobs {
  /** More than are submitted in that moment. */
  static final int MOST = 10_000;

  /** Longer than jobs wait, shorter than dispatchers remember what has ended. */
  static final Duration KEPT = Duration.ofHours(1);

  private final Map<String, Note> notes =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Note> eldest) {
          return size() > MOST;
        }
      };

  private record Note(Standing standing, long notedMs) {}

  /** What is known of a job. */
  enum Standing {
    /** Nothing: it was not submitted here, or long ago. */
    UNKNOWN,
    /** It was submitted. */
    SUBMITTED,
    /** Kafka did not confirm it, and may have it all the same. */
    DOUBTFUL
  }

  synchronized Standing of(String job, long nowMs) {
    Note note = notes.get(job);
    return note == null || nowMs - note.notedMs() > KEPT.toMillis()
        ? Standing.UNKNOWN
        : note.standing();
  }

  /** Notes that it is being submitted; false when another thread has just done so. */
  synchronized boolean submit(String job, long nowMs) {
    if (of(job, nowMs) == Standing.SUBMITTED) {
      return false;
    }
    notes.remove(job);
    notes.put(job, new Note(Standing.SUBMITTED, nowMs));
    return true;
  }

  /** Kafka did not confirm it. */
  synchronized void doubt(String job) {
    notes.computeIfPresent(job, (any, note) -> new Note(Standing.DOUBTFUL, note.notedMs()));
  }
}
