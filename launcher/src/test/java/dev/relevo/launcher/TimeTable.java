package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How long the same thing took several times, to be read in the log of a build. */
final class TimeTable {
  /** So much worse than its target something may be on a busy machine before a build fails. */
  private static final int BUSY_MACHINE = 8;

  private final String title;
  private final long targetMs;
  private final Map<String, List<Long>> rows = new LinkedHashMap<>();

  /**
   * @param title what was measured
   * @param targetMs how long it shall take at most
   */
  TimeTable(String title, long targetMs) {
    this.title = title;
    this.targetMs = targetMs;
  }

  synchronized void add(String row, long measuredMs) {
    rows.computeIfAbsent(row, any -> new ArrayList<>()).add(measuredMs);
    assertThat(measuredMs).as(title + ": " + row).isLessThanOrEqualTo(BUSY_MACHINE * targetMs);
  }

  synchronized void print() {
    StringBuilder table =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%-62s %5s %6s %6s   at most %d ms",
                title,
                "times",
                "p50",
                "max",
                targetMs));
    rows.forEach((row, times) -> {
      List<Long> sorted = times.stream().sorted().toList();
      table.append(
          String.format(
              Locale.ROOT,
              "%n%-62s %5d %6d %6d",
              row,
              sorted.size(),
              sorted.get(sorted.size() / 2),
              sorted.getLast()));
    });
    System.out.println(table);
  }
}
