package dev.relevo.launcher.storm;

import java.util.Locale;

/** A report as a table for a build's log. */
final class StormTable {
  private StormTable() {}

  static String of(StormReport report) {
    StringBuilder table =
        new StringBuilder(
            "storm of seed " + report.seed() + ", " + report.stormMs() / 1_000 + " s\n");
    report
        .figures()
        .forEach((name, value) ->
            table.append(String.format(Locale.ROOT, "  %-44s %8d%n", name, value)));
    return table.toString();
  }
}
