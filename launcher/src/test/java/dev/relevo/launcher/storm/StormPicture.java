package dev.relevo.launcher.storm;

import dev.relevo.launcher.storm.StormReport.FaultRow;
import dev.relevo.launcher.storm.StormReport.Gap;
import dev.relevo.launcher.storm.StormReport.JobRow;
import dev.relevo.launcher.storm.StormReport.ProcessRow;
import dev.relevo.launcher.storm.StormReport.Run;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * A report as a picture (SVG) with time from left to right: what each process was, what went wrong,
 * how many jobs waited and ran, and, where there are not too many, each job as a line. Readable on
 * a light and on a dark ground.
 */
final class StormPicture {
  private static final int LEFT = 110;
  private static final int WIDTH = 1_200;
  private static final int BAR = 18;
  private static final int BAR_PITCH = 26;
  private static final int COUNTS_HEIGHT = 110;
  private static final int JOB_PITCH = 3;

  /** More lines than that are a grey wall. */
  private static final int MOST_LINES = 600;

  private static final int MOST_TICKS = 14;
  private static final List<Integer> TICKS_S = List.of(1, 2, 5, 10, 20, 30, 60, 120, 300, 600);

  /** Steps of the curves. */
  private static final int COLUMNS = 600;

  private final StormReport report;
  private final long endMs;
  private final StringBuilder svg = new StringBuilder();
  private int y = 70;

  private StormPicture(StormReport report) {
    this.report = report;
    this.endMs = Math.max(1_000, Math.max(report.stormMs(), report.settledMs()));
  }

  static String of(StormReport report) {
    return new StormPicture(report).draw();
  }

  private String draw() {
    int top = y - 8;
    report.processes().forEach(this::process);
    gapsRow();
    counts();
    if (report.jobs().size() <= MOST_LINES) {
      jobs();
    }
    int bottom = y;
    StringBuilder frame = new StringBuilder();
    axis(frame, top, bottom);
    int height = bottom + 40;
    return head(height) + frame + svg + "</svg>\n";
  }

  private String head(int height) {
    int width = LEFT + WIDTH + 20;
    return """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" font-family="sans-serif" font-size="12">
    <style>
    svg { --ground: #ffffff; --ink: #1f2328; --faint: #d8dee4; --up: #4c9f70; --starting: #b7c4cf; --frozen: #4a90d9; --draining: #e0a526; --down: #d1495b; --waiting: #8c96a0; --gap: #d1495b }
    @media (prefers-color-scheme: dark) { svg { --ground: #14181d; --ink: #e6edf3; --faint: #343b44; --up: #3f8f63; --starting: #5d6b78; --frozen: #5aa3ec; --draining: #e3b341; --down: #f0657a; --waiting: #8b949e; --gap: #ff7b8d } }
    text { fill: #1f2328; fill: var(--ink) } .ground { fill: #ffffff; fill: var(--ground) } .grid { stroke: #d8dee4; stroke: var(--faint) }
    .up { fill: #4c9f70; fill: var(--up) } .starting { fill: #b7c4cf; fill: var(--starting) } .frozen { fill: #4a90d9; fill: var(--frozen) }
    .draining { fill: #e0a526; fill: var(--draining) } .down { fill: #d1495b; fill: var(--down) }
    .waiting { fill: #8c96a0; fill: var(--waiting) } .running { fill: #4c9f70; fill: var(--up) } .gap { fill: #d1495b; fill: var(--gap) }
    .mark { fill: #1f2328; fill: var(--ink) } .failed { fill: #e0a526; fill: var(--draining) } .cancelled { fill: #4a90d9; fill: var(--frozen) }
    </style>
    <rect class="ground" width="%1$d" height="%2$d"/>
    <text x="12" y="22" font-size="16" font-weight="bold">%3$s</text>
    %4$s
    """
        .formatted(width, height, title(), legend());
  }

  private String title() {
    return "Storm of seed %d: %d jobs, %d faults, %d problems"
        .formatted(
            report.seed(), report.jobs().size(), report.faults().size(), report.problems().size());
  }

  private static String legend() {
    StringBuilder legend = new StringBuilder();
    int x = 12;
    for (String word :
        List.of(
            "up",
            "starting",
            "frozen",
            "draining",
            "down",
            "waiting",
            "running",
            "gap",
            "failed",
            "cancelled")) {
      String text =
          switch (word) {
            case "gap" -> "gap at a change of attempts";
            case "failed" -> "job failed";
            case "cancelled" -> "job cancelled";
            case "waiting" -> "job waits";
            case "running" -> "job runs";
            default -> word;
          };
      legend.append(rect(word, x, 36, 12, 12, "")).append(text(x + 16, 46, "start", text));
      x += 30 + text.length() * 7;
    }
    return legend.append(triangle(x, 36)).append(text(x + 10, 46, "start", "fault")).toString();
  }

  private void axis(StringBuilder frame, int top, int bottom) {
    int stepS =
        TICKS_S.stream().filter(s -> endMs / 1_000 / s <= MOST_TICKS).findFirst().orElse(1_800);
    for (long second = 0; second * 1_000 <= endMs; second += stepS) {
      double x = x(second * 1_000);
      frame.append(
          "<line class=\"grid\" x1=\"%s\" x2=\"%s\" y1=\"%d\" y2=\"%d\"/>%n"
              .formatted(number(x), number(x), top, bottom));
      frame.append(text(x, bottom + 16, "middle", label(second, stepS)));
    }
    double calm = x(report.stormMs());
    frame.append(
        "<line stroke=\"#8c96a0\" stroke-dasharray=\"4 3\" x1=\"%s\" x2=\"%s\" y1=\"%d\" y2=\"%d\"/>%n"
            .formatted(number(calm), number(calm), top, bottom));
    frame.append(text(calm, bottom + 32, "end", "the last fault is over"));
  }

  private static String label(long second, int stepS) {
    return stepS < 60 ? second + " s" : second / 60 + " min";
  }

  private void process(ProcessRow row) {
    svg.append(text(LEFT - 8, y + 13, "end", row.name()));
    for (Life.Span span : row.spans()) {
      String state = span.state().name().toLowerCase(Locale.ROOT);
      svg.append(
          rect(
              state,
              x(span.fromMs()),
              y,
              Math.max(0.5, x(span.toMs()) - x(span.fromMs())),
              BAR,
              "%s %s, %d to %d ms".formatted(row.name(), state, span.fromMs(), span.toMs())));
    }
    for (FaultRow fault : report.faults()) {
      if (fault.target().equals(row.name())) {
        svg.append(triangle(x(fault.fromMs()), y - 5));
      }
    }
    y += BAR_PITCH;
  }

  /** Each gap as high as it is long, at its place in time. */
  private void gapsRow() {
    List<Gap> gaps = report.jobs().stream().flatMap(job -> job.gaps().stream()).toList();
    long longest = gaps.stream().mapToLong(Gap::lengthMs).max().orElse(1);
    int height = 50;
    y += 10;
    svg.append(text(LEFT - 8, y + 20, "end", "gaps"));
    svg.append(text(LEFT - 8, y + 36, "end", "to " + longest + " ms"));
    for (Gap gap : gaps) {
      double high = Math.max(2.0, (double) height * gap.lengthMs() / Math.max(1, longest));
      svg.append(
          rect(
              "gap\" opacity=\"0.55",
              x(gap.fromMs()),
              y + height - high,
              Math.max(1.0, x(gap.toMs()) - x(gap.fromMs())),
              high,
              gap.lengthMs() + " ms"));
    }
    y += height + 14;
  }

  /** Two layers: jobs that run, and above them those that wait. */
  private void counts() {
    int[] running = new int[COLUMNS + 1];
    int[] waiting = new int[COLUMNS + 1];
    for (JobRow job : report.jobs()) {
      for (int column = 0; column <= COLUMNS; column++) {
        long ms = endMs * column / COLUMNS;
        if (job.takenMs() >= 0 && ms >= job.takenMs() && ms < job.endMs()) {
          if (job.runs().stream().anyMatch(run -> run.fromMs() <= ms && ms < run.toMs())) {
            running[column]++;
          } else {
            waiting[column]++;
          }
        }
      }
    }
    int most = 1;
    for (int column = 0; column <= COLUMNS; column++) {
      most = Math.max(most, running[column] + waiting[column]);
    }
    svg.append(text(LEFT - 8, y + 20, "end", "jobs at once"));
    svg.append(text(LEFT - 8, y + 36, "end", "to " + most));
    layer("waiting", both(running, waiting), most);
    layer("running", running, most);
    y += COUNTS_HEIGHT + 14;
  }

  private static int[] both(int[] running, int[] waiting) {
    int[] sum = new int[running.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = running[i] + waiting[i];
    }
    return sum;
  }

  private void layer(String kind, int[] counts, int most) {
    int floor = y + COUNTS_HEIGHT;
    List<String> points = new ArrayList<>();
    points.add(number(x(0)) + "," + floor);
    for (int column = 0; column <= COLUMNS; column++) {
      double high = (double) COUNTS_HEIGHT * counts[column] / most;
      points.add(number(x(endMs * column / COLUMNS)) + "," + number(floor - high));
    }
    points.add(number(x(endMs)) + "," + floor);
    svg.append("<polygon class=\"%s\" points=\"%s\"/>%n".formatted(kind, String.join(" ", points)));
  }

  private void jobs() {
    svg.append(text(LEFT - 8, y + 12, "end", "each job"));
    List<JobRow> rows =
        report.jobs().stream()
            .filter(job -> job.takenMs() >= 0 && job.endMs() >= 0)
            .sorted(Comparator.comparingLong(JobRow::takenMs))
            .toList();
    for (JobRow job : rows) {
      String what = job.id() + " " + job.ending();
      svg.append(line("waiting", job.takenMs(), job.endMs(), 1, what));
      for (Run run : job.runs()) {
        svg.append(line("running", run.fromMs(), run.toMs(), 2, what + ", " + run.node()));
      }
      for (Gap gap : job.gaps()) {
        svg.append(
            line("gap", gap.fromMs(), gap.toMs(), 2, what + ", gap " + gap.lengthMs() + " ms"));
      }
      if (!job.ending().equals("done")) {
        svg.append(rect(job.ending(), x(job.endMs()), y, 4, 2.5, what));
      }
      y += JOB_PITCH;
    }
    y += 6;
  }

  private String line(String kind, long fromMs, long toMs, double high, String title) {
    return rect(kind, x(fromMs), y, Math.max(0.5, x(toMs) - x(fromMs)), high, title);
  }

  private double x(long ms) {
    return LEFT + (double) WIDTH * Math.clamp(ms, 0, endMs) / endMs;
  }

  private static String rect(
      String kind, double x, double y, double width, double height, String title) {
    return "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"%s%n"
        .formatted(
            kind,
            number(x),
            number(y),
            number(width),
            number(height),
            title.isEmpty() ? "/>" : "><title>" + title + "</title></rect>");
  }

  private static String triangle(double x, double y) {
    return "<path class=\"mark\" d=\"M%s %s h8 l-4 7 z\"/>%n".formatted(number(x - 4), number(y));
  }

  private static String text(double x, double y, String anchor, String words) {
    return "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s</text>%n"
        .formatted(number(x), number(y), anchor, words);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
