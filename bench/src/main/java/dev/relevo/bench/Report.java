package dev.relevo.bench;

import java.util.List;
import java.util.Locale;

/**
 * The figures as a table: what each round gave, and what it is against the floor of the same run.
 */
final class Report {
  private static final String ROW = "%-34s %10s %10s %10s %9s%n";

  private Report() {}

  /** Times, the floor first: lower is better. */
  static String times(String title, List<Rounds.Series> series) {
    return table(title, "ms", series, series.getFirst().median(), "%.2f");
  }

  /** Rates, the floor first: higher is better. */
  static String rates(String title, List<Rounds.Series> series) {
    return table(title, "per s", series, series.getFirst().median(), "%.0f");
  }

  private static String table(
      String title, String unit, List<Rounds.Series> series, double floor, String format) {
    StringBuilder table = new StringBuilder();
    table.append(title).append(System.lineSeparator());
    table.append(String.format(Locale.ROOT, ROW, "", "least " + unit, "median", "most", "x floor"));
    for (Rounds.Series each : series) {
      table.append(
          String.format(
              Locale.ROOT,
              ROW,
              each.name(),
              String.format(Locale.ROOT, format, each.least()),
              String.format(Locale.ROOT, format, each.median()),
              String.format(Locale.ROOT, format, each.most()),
              String.format(Locale.ROOT, "%.2f", each.median() / floor)));
    }
    return table.toString();
  }
}
