package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was measured while things broke, to be read in the log of a build. */
final class GapTable {
  /** So much worse than its target something may be on a busy machine before a build fails. */
  private static final int BUSY_MACHINE = 5;

  private final List<String> lines = new ArrayList<>();

  /**
   * Notes a measurement, and holds it to {@value #BUSY_MACHINE} times its target.
   *
   * @param what in a few words
   */
  synchronized void add(String what, long measuredMs, long targetMs) {
    add(what, measuredMs, targetMs, BUSY_MACHINE * targetMs);
  }

  /**
   * Notes a measurement, and holds it to a bound.
   *
   * @param boundMs what it would take if it went wrong is longer
   */
  synchronized void add(String what, long measuredMs, long targetMs, long boundMs) {
    lines.add(String.format(Locale.ROOT, "%-62s %6d ms %6d ms", what, measuredMs, targetMs));
    assertThat(measuredMs).as(what).isLessThanOrEqualTo(boundMs);
  }

  /** Prints all of them. */
  synchronized void print() {
    String head = String.format(Locale.ROOT, "%-62s %9s %9s", "gap", "measured", "target");
    System.out.println(head + "\n" + String.join("\n", lines));
  }
}
