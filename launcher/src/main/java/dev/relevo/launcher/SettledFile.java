package dev.relevo.launcher;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Decides when a file that somebody edits is worth reading: once it has stood still, for it may be
 * half written, or away while another takes its place. What stands in it counts and nothing else:
 * editors put a new file there, and mounted volumes turn a link. Pure; not thread-safe.
 */
final class SettledFile {
  /** What was written in one go stands still at the next look. */
  static final Duration STILL = Duration.ofMillis(200);

  /** A file that is away or empty is more likely to be in the middle of being written. */
  static final Duration GONE = Duration.ofSeconds(3);

  /** Also when nothing was changed, for the files with keys that it names may have been. */
  static final Duration AGAIN = Duration.ofSeconds(5);

  private @Nullable Look read;
  private @Nullable Look seen;
  private long readNanos;
  private long seenNanos;

  /**
   * What was there.
   *
   * @param content anything that is equal when the file is; empty when it is not there or says
   *     nothing
   */
  record Look(String content) {
    boolean isGone() {
      return content.isBlank();
    }
  }

  /** Whether what was seen should be read now. */
  boolean isDue(Look look, long nowNanos) {
    if (!look.equals(seen)) {
      seen = look;
      seenNanos = nowNanos;
    }
    boolean isNews = !look.equals(read);
    Duration patience = look.isGone() ? GONE : STILL;
    boolean due =
        isNews
            ? nowNanos - seenNanos >= patience.toNanos()
            : nowNanos - readNanos >= AGAIN.toNanos();
    if (due) {
      read = look;
      readNanos = nowNanos;
    }
    return due;
  }

  /** It was another by the time that it was read: look again. */
  void notRead() {
    read = null;
  }
}
