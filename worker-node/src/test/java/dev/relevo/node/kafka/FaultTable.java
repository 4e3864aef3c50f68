package dev.relevo.node.kafka;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.node.kafka.FaultRun.Job;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Writes down what was seen of each fault, in words that do not change from run to run. */
final class FaultTable {
  private static final String AT_ONCE = "at once";

  private FaultTable() {}

  /** A request to one of the two backends. */
  private record Request(String backend, long nanos) {}

  static String markdown(List<FaultScenario> scenarios, Map<String, List<Job>> jobs, FaultRun run) {
    StringBuilder table = new StringBuilder();
    table.append("| the fault of A | the caller sees | requests |\n| --- | --- | --- |\n");
    for (FaultScenario scenario : scenarios) {
      List<Job> seen = jobs.getOrDefault(scenario.key(), List.of());
      table.append("| ").append(scenario.name()).append(" | ");
      table.append(said(seen)).append(" | ");
      table.append(
          scenario.jobs().everyMs() == null ? asked(scenario, seen, run) : kept(scenario, run));
      table.append(" |\n");
    }
    return table.toString();
  }

  /** What callers see; once, if it is the same for all. */
  private static String said(List<Job> jobs) {
    List<String> words = jobs.stream().map(FaultTable::said).toList();
    if (words.size() == 1) {
      return words.getFirst();
    }
    List<String> wholes = words.stream().map(word -> word.replaceAll(", from [AB]$", "")).toList();
    return wholes.stream().distinct().count() == 1
        ? "each: " + wholes.getFirst()
        : collapsed(words);
  }

  private static String said(Job job) {
    String text = job.answer().text();
    String shown = text.isEmpty() ? "nothing" : "`" + text + "`";
    String anew =
        switch (job.restarts()) {
          case 0 -> "";
          case 1 -> ", begun anew";
          default -> ", begun anew " + job.restarts() + " times";
        };
    return switch (job.answer().terminal()) {
      case ReplyRecord.Done done ->
          (text.equals(FaultWire.WHOLE) ? "the whole answer" : shown + ", done")
              + anew
              + ", from "
              + done.backend()
                  .substring(done.backend().length() - 1)
                  .toUpperCase(java.util.Locale.ROOT);
      case ReplyRecord.Failed failed -> shown + anew + ", then failed: `" + failed.code() + "`";
      case ReplyRecord.Cancelled _ -> shown + anew + ", then cancelled";
      case ReplyRecord.Started _, ReplyRecord.Resumed _, ReplyRecord.Chunk _ ->
          throw new IllegalStateException("no terminal");
      case null -> shown + anew + " yet; " + handedBack(job);
    };
  }

  private static String handedBack(Job job) {
    AttemptFailure failure = job.finished().failure();
    if (failure == null) {
      return "lost";
    }
    Long waitMs = failure.retryAfterMs();
    return "the job goes back to the dispatcher: `"
        + failure.code()
        + "`"
        + (waitMs == null ? "" : ", not before " + waitMs / 1000 + " s");
  }

  /** Which backend was asked when, job by job. */
  private static String asked(FaultScenario scenario, List<Job> jobs, FaultRun run) {
    List<Request> requests =
        Stream.of("a", "b")
            .flatMap(which ->
                run.arrivals(scenario, which).stream()
                    .map(arrival -> new Request(which, arrival.nanos())))
            .sorted(Comparator.comparingLong(Request::nanos))
            .toList();
    List<String> words = new ArrayList<>();
    for (int i = 0; i < jobs.size(); i++) {
      long from = jobs.get(i).askedNanos();
      long to = i + 1 < jobs.size() ? jobs.get(i + 1).askedNanos() : Long.MAX_VALUE;
      words.add(
          asked(
              scenario,
              from,
              requests.stream()
                  .filter(request -> request.nanos() >= from && request.nanos() < to)
                  .toList()));
    }
    return words.size() == 1 ? words.getFirst() : collapsed(words);
  }

  private static String asked(FaultScenario scenario, long fromNanos, List<Request> requests) {
    List<String> words = new ArrayList<>();
    long beforeNanos = fromNanos;
    for (Request request : requests) {
      String when = when(scenario, request.nanos() - beforeNanos);
      String backend = request.backend().equals("a") ? "A" : "B";
      words.add(words.isEmpty() && when.equals(AT_ONCE) ? backend : backend + " " + when);
      beforeNanos = request.nanos();
    }
    return words.isEmpty() ? "none" : String.join("; ", words);
  }

  private static String when(FaultScenario scenario, long nanos) {
    long gapMs = TimeUnit.NANOSECONDS.toMillis(nanos);
    String when = AT_ONCE;
    for (Map.Entry<Long, String> wait : scenario.waits().entrySet()) {
      when = gapMs >= wait.getKey() ? wait.getValue() : when;
    }
    return when;
  }

  /** Jobs of which the same can be said are named together. */
  private static String collapsed(List<String> words) {
    List<String> groups = new ArrayList<>();
    int from = 0;
    for (int i = 1; i <= words.size(); i++) {
      if (i == words.size() || !words.get(i).equals(words.get(from))) {
        String jobs = i - from == 1 ? "job " + (from + 1) : "jobs " + (from + 1) + " to " + i;
        groups.add(jobs + ": " + words.get(from));
        from = i;
      }
    }
    return String.join("; ", groups);
  }

  /** Of many jobs at their own pace only the proportions are the same each time. */
  private static String kept(FaultScenario scenario, FaultRun run) {
    int a = run.arrivals(scenario, "a").size();
    int b = run.arrivals(scenario, "b").size();
    int jobs = scenario.jobs().count();
    int refused = a + b - jobs;
    boolean spared = refused >= 1 && refused <= jobs / 4;
    boolean used = a - refused >= jobs / 4;
    return spared && used
        ? "A while it is up; while it is down B, and A only to see whether it is up again: at most"
            + " a quarter of the jobs meet its refusal, instead of half of them"
        : "A " + a + ", B " + b + ", of them refused " + refused;
  }
}
