package dev.relevo.launcher;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Tells how far a long work is: a bar that moves where somebody can see it, else a line at each
 * tenth.
 */
final class Progress {
  private static final int BAR = 30;
  private static final int TENTHS = 10;

  /** Clears what stands behind the cursor in its line. */
  private static final String CLEAR_REST = "\u001b[K";

  private static final long REDRAW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final PrintStream out;
  private final boolean bar;
  private final long total;
  private final LongSupplier nanos;
  private final long beganNanos;
  private long drawnNanos;
  private long toldTenths;
  private long latest;
  private long passedOver;
  private boolean drawn;

  /**
   * @param total how much there is to do, 1 or more
   * @param nanos a clock that only goes forward
   */
  Progress(PrintStream out, boolean bar, long total, LongSupplier nanos) {
    this.out = out;
    this.bar = bar;
    this.total = total;
    this.nanos = nanos;
    this.beganNanos = nanos.getAsLong();
  }

  /** One more needs no work: it counts as done, and not for the speed. */
  void passOver() {
    passedOver++;
  }

  /** Says something in a line of its own; a bar goes on below it. */
  void say(String line) {
    if (drawn) {
      out.print("\r" + CLEAR_REST);
    }
    out.println(line);
    if (drawn) {
      draw(latest, nanos.getAsLong());
    }
  }

  /** So much is done now. */
  void at(long done) {
    latest = done;
    long now = nanos.getAsLong();
    if (bar) {
      if (!drawn || done >= total || now - drawnNanos >= REDRAW_NANOS) {
        draw(done, now);
      }
    } else if (done * TENTHS / total > toldTenths && total >= TENTHS) {
      toldTenths = done * TENTHS / total;
      out.println(words(done, now));
    }
  }

  /** Leaves the bar's line as it is; what is said from now on comes below. */
  void end() {
    if (drawn) {
      drawn = false;
      out.println();
    }
  }

  private void draw(long done, long now) {
    drawn = true;
    drawnNanos = now;
    int filled = (int) Math.min(BAR, done * BAR / total);
    out.print(
        "\r["
            + "#".repeat(filled)
            + "-".repeat(BAR - filled)
            + "] "
            + words(done, now)
            + CLEAR_REST);
    out.flush();
  }

  private String words(long done, long now) {
    double seconds = Math.max(0.001, (now - beganNanos) / 1e9);
    return String.format(
        Locale.ROOT,
        "%d of %d (%d %%), %.1f/s",
        done,
        total,
        done * 100 / total,
        (done - passedOver) / seconds);
  }
}
