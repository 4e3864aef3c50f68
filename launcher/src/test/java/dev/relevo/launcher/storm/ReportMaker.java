package dev.relevo.launcher.storm;

import dev.relevo.launcher.LiveAnswer.Sighting;
import dev.relevo.launcher.storm.StormReport.FaultRow;
import dev.relevo.launcher.storm.StormReport.Gap;
import dev.relevo.launcher.storm.StormReport.JobRow;
import dev.relevo.launcher.storm.StormReport.ProcessRow;
import dev.relevo.launcher.storm.StormReport.Run;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;

/** Makes a report of what is known when all is over. Pure. */
final class ReportMaker {
  private final long seed;
  private final long stormMs;
  private final long settledMs;
  private final LongUnaryOperator time;
  private final List<Watched> jobs;
  private final List<Life> lives;
  private final List<StormFleet.Happened> happened;

  /** A job, and what somebody who listened saw of it. */
  record Watched(JobCase job, List<Sighting> sightings, List<String> ways, int dones) {}

  /**
   * @param time from a moment of {@link System#nanoTime} to the storm's time
   */
  ReportMaker(
      long seed,
      long stormMs,
      long settledMs,
      LongUnaryOperator time,
      List<Watched> jobs,
      List<Life> lives,
      List<StormFleet.Happened> happened) {
    this.seed = seed;
    this.stormMs = stormMs;
    this.settledMs = settledMs;
    this.time = time;
    this.jobs = jobs;
    this.lives = lives;
    this.happened = happened;
  }

  StormReport make(List<Problem> problems, int poison) {
    List<JobRow> rows = jobs.stream().map(this::row).toList();
    Map<String, Long> figures = new LinkedHashMap<>();
    endings(figures, poison);
    for (Fault.Kind kind : Fault.Kind.values()) {
      count(
          figures,
          "faults: " + kind.done,
          happened.stream().filter(h -> h.fault().kind() == kind).count());
    }
    handOvers(figures);
    gaps(figures, rows);
    count(figures, "lost", of(problems, Problem.Kind.LOST));
    count(figures, "doubled", of(problems, Problem.Kind.DOUBLED));
    count(figures, "cut", of(problems, Problem.Kind.CUT) + of(problems, Problem.Kind.MIXED));
    count(
        figures,
        "other problems",
        problems.size() - figures.get("lost") - figures.get("doubled") - figures.get("cut"));
    return new StormReport(
        seed,
        stormMs,
        settledMs,
        figures,
        problems.stream().map(Problem::toString).toList(),
        lives.stream()
            .map(life -> new ProcessRow(life.target(), life.spans(Math.max(stormMs, settledMs))))
            .toList(),
        happened.stream()
            .map(h -> new FaultRow(h.fault().target(), h.fault().kind().done, h.fromMs(), h.toMs()))
            .toList(),
        rows);
  }

  private void endings(Map<String, Long> figures, int poison) {
    count(figures, "jobs", jobs.size());
    for (String ending : List.of("done", "cancelled", "failed")) {
      count(
          figures,
          "jobs " + ending,
          jobs.stream().filter(w -> w.job().ending().equals(ending)).count());
    }
    for (String code :
        List.of(
            "deadline_exceeded", "no_workers_available", "attempts_exhausted", "stream_broken")) {
      count(
          figures,
          "failed: " + code,
          jobs.stream().filter(w -> w.job().code().equals(code)).count());
    }
    count(
        figures,
        "submitted again",
        jobs.stream().mapToLong(w -> w.job().plan().again().size()).sum());
    count(figures, "poison", poison);
  }

  private void handOvers(Map<String, Long> figures) {
    count(
        figures,
        "retries",
        jobs.stream().mapToLong(w -> Math.max(0, w.job().attemptsBegun() - 1)).sum());
    for (String way : List.of("continue", "replay", "restart")) {
      count(
          figures,
          "handed over: " + way,
          jobs.stream().flatMap(w -> w.ways().stream()).filter(way::equals).count());
    }
    count(
        figures,
        "ends of attempts that were void",
        jobs.stream().mapToLong(w -> Math.max(0, w.dones() - 1)).sum());
  }

  private void gaps(Map<String, Long> figures, List<JobRow> rows) {
    List<Gap> all = rows.stream().flatMap(row -> row.gaps().stream()).toList();
    percentiles(
        figures,
        "gap at a change",
        all.stream().filter(gap -> !gap.only() && !gap.broker()).map(Gap::lengthMs).toList());
    percentiles(
        figures,
        "gap at a change, broker away",
        all.stream().filter(gap -> !gap.only() && gap.broker()).map(Gap::lengthMs).toList());
    percentiles(
        figures,
        "gap, only one node serves it",
        all.stream().filter(Gap::only).map(Gap::lengthMs).toList());
    count(
        figures,
        "longest gap without a change, ms",
        jobs.stream().mapToLong(w -> longestSteadyMs(w.sightings())).max().orElse(0));
    count(figures, "all ended after the last fault, ms", Math.max(0, settledMs - stormMs));
  }

  private static void percentiles(Map<String, Long> figures, String what, List<Long> lengths) {
    List<Long> sorted = new ArrayList<>(lengths);
    Collections.sort(sorted);
    count(figures, what + ": count", sorted.size());
    count(figures, what + ": p50, ms", percentile(sorted, 50));
    count(figures, what + ": p99, ms", percentile(sorted, 99));
    count(figures, what + ": max, ms", percentile(sorted, 100));
  }

  /** The smallest that at least so many percent do not exceed; 0 of none. */
  static long percentile(List<Long> sorted, int percent) {
    if (sorted.isEmpty()) {
      return 0;
    }
    int rank = (sorted.size() * percent + 99) / 100;
    return sorted.get(Math.max(1, rank) - 1);
  }

  private JobRow row(Watched watched) {
    JobCase job = watched.job();
    return new JobRow(
        job.plan().id(),
        job.taken() == null ? -1 : job.taken().atMs(),
        job.endedAtMs(),
        job.ending(),
        runs(watched),
        gapsOf(watched));
  }

  private List<Run> runs(Watched watched) {
    List<Run> runs = new ArrayList<>();
    List<Sighting> begun =
        watched.sightings().stream().filter(s -> s.what().equals("started")).toList();
    for (int i = 0; i < begun.size(); i++) {
      long toMs =
          i + 1 < begun.size()
              ? at(begun.get(i + 1))
              : Math.max(at(begun.get(i)), watched.job().endedAtMs());
      runs.add(new Run(begun.get(i).node(), at(begun.get(i)), toMs));
    }
    return runs;
  }

  /** A model that breaks off by itself waits for its next attempt on purpose. */
  private List<Gap> gapsOf(Watched watched) {
    JobPlan plan = watched.job().plan();
    if (plan.model().equals(JobPlan.FAILING_MODEL)) {
      return List.of();
    }
    List<Gap> gaps = new ArrayList<>();
    List<Sighting> pieces = pieces(watched.sightings());
    for (int i = 1; i < pieces.size(); i++) {
      if (!pieces.get(i - 1).fence().equals(pieces.get(i).fence())) {
        long fromMs = at(pieces.get(i - 1));
        long toMs = at(pieces.get(i));
        boolean only = plan.model().equals(StormPlan.LONELY_MODEL);
        gaps.add(new Gap(fromMs, toMs, only, brokerWasAway(fromMs, toMs)));
      }
    }
    return gaps;
  }

  private boolean brokerWasAway(long fromMs, long toMs) {
    return happened.stream()
        .filter(h -> h.fault().target().equals(StormPlan.BROKER))
        .anyMatch(h -> h.fromMs() <= toMs && h.toMs() >= fromMs);
  }

  private long longestSteadyMs(List<Sighting> sightings) {
    long longest = 0;
    List<Sighting> pieces = pieces(sightings);
    for (int i = 1; i < pieces.size(); i++) {
      if (pieces.get(i - 1).fence().equals(pieces.get(i).fence())) {
        longest = Math.max(longest, at(pieces.get(i)) - at(pieces.get(i - 1)));
      }
    }
    return longest;
  }

  private static List<Sighting> pieces(List<Sighting> sightings) {
    return sightings.stream().filter(s -> s.what().equals("chunk")).toList();
  }

  private long at(Sighting sighting) {
    return time.applyAsLong(sighting.nanos());
  }

  private static long of(List<Problem> problems, Problem.Kind kind) {
    return problems.stream().filter(problem -> problem.kind() == kind).count();
  }

  private static void count(Map<String, Long> figures, String name, long value) {
    figures.put(name, value);
  }
}
