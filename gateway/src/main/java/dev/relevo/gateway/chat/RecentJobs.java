package dev.relevo.gateway.chat;

import dev.relevo.gateway.chat.SubmittedJobs.Failure;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The named jobs that this process submitted last. A dispatcher writes a job down a moment after it
 * was submitted, and tells nobody of a second one that asks for the same place of answer: until
 * then this is how the second request knows better than to submit it. The same with how one ended.
 * Only those moments need it, so a restart loses nothing. Thread-safe.
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

  private record Note(Standing standing, long notedMs, @Nullable Failure failure) {}

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
    notes.put(job, new Note(Standing.SUBMITTED, nowMs, null));
    return true;
  }

  /** Kafka did not confirm it. */
  synchronized void doubt(String job) {
    notes.computeIfPresent(job, (any, note) -> new Note(Standing.DOUBTFUL, note.notedMs(), null));
  }

  /** Its answer ended so; dispatchers write it down a moment later. */
  synchronized void fail(String job, Failure failure) {
    notes.computeIfPresent(job, (any, note) -> new Note(note.standing(), note.notedMs(), failure));
  }

  /** How its answer ended, where it is known here that it ended badly. */
  synchronized @Nullable Failure failure(String job) {
    Note note = notes.get(job);
    return note == null ? null : note.failure();
  }
}
