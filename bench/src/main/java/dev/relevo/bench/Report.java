package dev.relevo.bench;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

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

  /** What one way costs more than another, in each round and so in the same mood. */
  static String difference(List<Rounds.Series> series, String base, String other) {
    List<Double> less = find(series, base);
    List<Double> more = find(series, other);
    double[] differences =
        IntStream.range(0, less.size())
            .mapToDouble(i -> more.get(i) - less.get(i))
            .sorted()
            .toArray();
    return String.format(
        Locale.ROOT,
        "%s costs %.2f ms more than %s (median of the rounds; %.2f to %.2f)%n",
        other,
        Rounds.percentile(differences, 50),
        base,
        differences[0],
        differences[differences.length - 1]);
  }

  private static List<Double> find(List<Rounds.Series> series, String name) {
    return series.stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("nothing was measured of " + name))
        .values();
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
