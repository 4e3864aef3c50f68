package dev.relevo.launcher.storm;

import dev.relevo.launcher.storm.StormFleet.Happened;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What somebody needs who looks for the cause of a promise that was not kept. Pure. */
final class Trouble {
  private static final int MOST_JOBS = 8;
  private static final long NEAR_MS = 2_000;

  private Trouble() {}

  /**
   * @param folder where the logs are
   */
  static String inWords(
      StormPlan plan,
      List<Problem> problems,
      List<JobCase> jobs,
      List<Happened> happened,
      Path folder) {
    StringBuilder words =
        new StringBuilder(
            "%d promises were not kept in the storm of -Drelevo.storm.seed=%d; logs, picture and figures are in %s%n"
                .formatted(problems.size(), plan.seed(), folder));
    problems.forEach(problem -> words.append("* ").append(problem).append('\n'));
    Set<String> subjects = new LinkedHashSet<>();
    problems.forEach(problem -> subjects.add(problem.subject()));
    jobs.stream()
        .filter(job -> subjects.contains(job.plan().id()))
        .limit(MOST_JOBS)
        .forEach(job -> job(words, job, happened));
    return words.toString();
  }

  private static void job(StringBuilder words, JobCase job, List<Happened> happened) {
    words.append('\n').append(job.plan().inWords()).append('\n');
    words
        .append("  taken ")
        .append(job.taken())
        .append(", cancel taken ")
        .append(job.cancelled())
        .append(", ended at ")
        .append(job.endedAtMs())
        .append(" ms\n");
    for (LogEntry reply : job.replies()) {
      if (!JobCase.type(reply).equals("chunk")) {
        words.append("  reply ").append(reply).append('\n');
      }
    }
    job.states().forEach(state -> words.append("  state ").append(state).append('\n'));
    job.letters()
        .forEach(letter ->
            words
                .append("  letter ")
                .append(letter.key())
                .append(' ')
                .append(letter.code())
                .append('\n'));
    long fromMs = job.taken() == null ? 0 : job.taken().atMs() - NEAR_MS;
    long toMs = job.endedAtMs() < 0 ? Long.MAX_VALUE : job.endedAtMs() + NEAR_MS;
    happened.stream()
        .filter(fault -> fault.fromMs() <= toMs && fault.toMs() >= fromMs)
        .forEach(fault ->
            words.append(
                "  %s %s from %d to %d ms%n"
                    .formatted(
                        fault.fault().target(),
                        fault.fault().kind().done,
                        fault.fromMs(),
                        fault.toMs())));
  }
}
