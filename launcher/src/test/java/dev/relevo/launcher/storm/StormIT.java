package dev.relevo.launcher.storm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/**
 * Everything at once: real processes and a real broker, at least two hundred jobs, and whatever can
 * go wrong going wrong. Then every job is accounted for, and every reader has the exact text.
 *
 * <p>{@code -Drelevo.storm.seed=N} draws another storm ({@code random}: any), {@code
 * -Drelevo.storm.minutes=M} a longer one.
 */
@Timeout(value = 3, unit = TimeUnit.HOURS)
class StormIT {
  private static final Path FOLDER = Path.of("target", "storm");

  private static long seed() {
    String chosen = System.getProperty("relevo.storm.seed", "1");
    return chosen.equals("random") ? new Random().nextInt(1_000_000) : Long.parseLong(chosen);
  }

  private static long lengthMs() {
    String minutes = System.getProperty("relevo.storm.minutes", "0");
    return (long) (Double.parseDouble(minutes) * TimeUnit.MINUTES.toMillis(1));
  }

  @Test
  void everyJobIsAccountedFor(@TempDir Path data) throws Exception {
    StormPlan plan = StormPlanner.draw(seed(), lengthMs());
    System.out.printf(
        "storm of seed %d: %d jobs, %d poison, %d faults in %d s%n",
        plan.seed(),
        plan.jobs().size(),
        plan.poison().size(),
        plan.faults().size(),
        TimeUnit.MILLISECONDS.toSeconds(plan.lengthMs()));
    Path folder = FOLDER.resolve("seed-" + plan.seed());
    Files.createDirectories(folder);
    try (StormRun storm = new StormRun(plan, data)) {
      StormRun.Outcome outcome = runAndWriteLogs(storm, folder);
      write(outcome.report(), folder);
      System.out.println(StormTable.of(outcome.report()));
      assertThat(outcome.problems().isEmpty())
          .as(() ->
              Trouble.inWords(plan, outcome.problems(), outcome.jobs(), outcome.happened(), folder))
          .isTrue();
    }
  }

  private static StormRun.Outcome runAndWriteLogs(StormRun storm, Path folder) throws Exception {
    try {
      return storm.run();
    } finally {
      storm.writeLogs(folder);
    }
  }

  private static void write(StormReport report, Path folder) throws IOException {
    Files.writeString(
        folder.resolve("storm.json"),
        JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(report));
    Files.writeString(folder.resolve("storm.svg"), StormPicture.of(report));
  }
}
