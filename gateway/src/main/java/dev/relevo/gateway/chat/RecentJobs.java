package dev.relevo.gateway.chat;

import dev.relevo.gateway.chat.SubmittedJobs.Failure;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
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

  /** What is noted of a job; each is itself, whatever it says. */
  static final class Note {
    private final Standing standing;

    /** What was known before it was submitted this time. */
    private final Standing before;

    private final long notedMs;
    private final @Nullable Failure failure;

    private Note(Standing standing, Standing before, long notedMs, @Nullable Failure failure) {
      this.standing = standing;
      this.before = before;
      this.notedMs = notedMs;
      this.failure = failure;
    }
  }

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
    return note == null || nowMs - note.notedMs > KEPT.toMillis()
        ? Standing.UNKNOWN
        : note.standing;
  }

  /** Notes that it is being submitted; empty when another thread has just done so. */
  synchronized Optional<Note> submit(String job, long nowMs) {
    Standing before = of(job, nowMs);
    if (before == Standing.SUBMITTED) {
      return Optional.empty();
    }
    Note note = new Note(Standing.SUBMITTED, before, nowMs, null);
    notes.remove(job);
    notes.put(job, note);
    return Optional.of(note);
  }

  /** It was not sent at all: of it is known what was known before that note. */
  synchronized void withdraw(String job, Note note) {
    if (notes.get(job) != note) {
      // Another request has submitted it since, or this was told already.
      return;
    }
    if (note.before == Standing.UNKNOWN) {
      notes.remove(job);
    } else {
      notes.put(job, new Note(note.before, Standing.UNKNOWN, note.notedMs, null));
    }
  }

  /** Kafka did not confirm it. */
  synchronized void doubt(String job) {
    notes.computeIfPresent(
        job, (any, note) -> new Note(Standing.DOUBTFUL, note.before, note.notedMs, null));
  }

  /** Its answer ended so; dispatchers write it down a moment later. */
  synchronized void fail(String job, Failure failure) {
    notes.computeIfPresent(
        job, (any, note) -> new Note(note.standing, note.before, note.notedMs, failure));
  }

  /** How its answer ended, where it is known here that it ended badly. */
  synchronized @Nullable Failure failure(String job) {
    Note note = notes.get(job);
    return note == null ? null : note.failure;
  }
}
