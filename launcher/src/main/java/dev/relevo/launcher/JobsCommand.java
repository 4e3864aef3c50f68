package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.operator.FleetReader;
import dev.relevo.operator.KnownJob;
import dev.relevo.operator.LaneLag;
import dev.relevo.operator.ModelFilter;
import dev.relevo.operator.PausedLanes;
import dev.relevo.operator.StateFold;
import dev.relevo.operator.StateTopic;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code relevo jobs}. */
@Command(
    name = "jobs",
    description = {
      "Shows the jobs that dispatchers have written down, those that have not ended first.",
      "A job that waits for its first node has no such record: those are only counted."
    },
    footer = {
      "",
      "Example:",
      "  ./relevo jobs --state running --state parked",
      "  ./relevo jobs 01993b5e-7a10-7c1e-8f4b-5d2f6a1b9c3d    # all that is known of one",
      "  ./relevo jobs --json --state dead | jq -r .job"
    })
final class JobsCommand implements Callable<Integer> {
  private static final int USUAL_LIMIT = 100;

  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Parameters(
      paramLabel = "JOB",
      arity = "0..*",
      description = "Only these, with all that is known of them.")
  private List<String> ids = List.of();

  @Option(
      names = "--state",
      paramLabel = "STATE",
      converter = States.class,
      completionCandidates = States.class,
      description =
          "Only jobs in this state: ${COMPLETION-CANDIDATES}. May be given several times.")
  private List<JobStatus> states = List.of();

  @Option(
      names = "--model",
      paramLabel = "M",
      description =
          "Only jobs for this model; llama3* for all that begin so. Ended jobs keep no model.")
  private @Nullable String model;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description =
          "At most so many, the newest; 0 for all, as they stand (100, and all with --json).")
  private @Nullable Integer asked;

  @Option(names = "--json", description = "Print a line of JSON for each.")
  private boolean json;

  JobsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** States by the names that people use, in any case. */
  static final class States implements ITypeConverter<JobStatus>, Iterable<String> {
    @Override
    public JobStatus convert(String text) {
      return Arrays.stream(JobStatus.values())
          .filter(status -> status.name().equals(text.toUpperCase(Locale.ROOT)))
          .findFirst()
          .orElseThrow(() ->
              new TypeConversionException(
                  "'%s' is no state; there are %s"
                      .formatted(PlainText.line(text, 60), String.join(", ", this))));
    }

    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(JobStatus.values()).map(KnownJob::word).iterator();
    }
  }

  @Override
  public Integer call() {
    if (asked != null && asked < 0) {
      throw CommandProblem.wrongUse("--limit " + asked + " is no number of jobs: 0 shows all.");
    }
    Settings settings = options.load(terminal.environment());
    KafkaClients clients = KafkaDoor.open(settings.kafka());
    TopicNames topics = new TopicNames(settings.kafka().topics().prefix());
    try (StateTopic state = new StateTopic(clients, topics);
        LineOutput out = new LineOutput(terminal.out())) {
      if (!ids.isEmpty()) {
        return details(state, running(clients, topics), out);
      }
      Set<String> running = running(clients, topics);
      LaneLag lag = LaneLag.read(clients, topics, state.homes());
      Map<JobStatus, Long> counts = new EnumMap<>(JobStatus.class);
      long hidden = list(state, running, out, lag, counts);
      if (!json) {
        out.flush();
        if (hidden > 0) {
          terminal.err().printf(Locale.ROOT, "And %,d more; --limit 0 shows all.%n", hidden);
        }
        try (PausedLanes lanes = new PausedLanes(clients, topics)) {
          summary(counts, lag, lanes.now()).forEach(terminal.err()::println);
        }
      }
    }
    return ExitCode.DONE;
  }

  /** The fences of what nodes run, by their last beats. */
  private static Set<String> running(KafkaClients clients, TopicNames topics) {
    try (FleetReader reader = new FleetReader(clients, topics, InstantSource.system())) {
      return reader.read(FleetReader.MANY_BEATS).runningFences();
    }
  }

  /** Prints, and says how many were not shown. */
  private long list(
      StateTopic state,
      Set<String> running,
      LineOutput out,
      LaneLag lag,
      Map<JobStatus, Long> counts) {
    Set<JobStatus> wanted =
        states.isEmpty() ? EnumSet.allOf(JobStatus.class) : EnumSet.copyOf(states);
    ModelFilter models = new ModelFilter(model);
    int limit = asked != null ? asked : json ? 0 : USUAL_LIMIT;
    AtomicLong hidden = new AtomicLong();
    JobsTable table = new JobsTable(out::print, InstantSource.system().millis());
    PriorityQueue<KnownJob> newest = new PriorityQueue<>(KnownJob.NEWEST_FIRST.reversed());
    state.scan(written -> {
      KnownJob job = written.seen(running);
      lag.know(job);
      counts.merge(job.status(), 1L, Long::sum);
      if (!wanted.contains(job.status()) || !models.matches(job.model())) {
        return true;
      }
      if (limit == 0) {
        print(table, out, job);
        return out.isListening();
      }
      newest.add(job);
      if (newest.size() > limit) {
        newest.remove();
        hidden.incrementAndGet();
      }
      return true;
    });
    newest.stream().sorted(KnownJob.NEWEST_FIRST).forEach(job -> print(table, out, job));
    table.end();
    return hidden.get();
  }

  private void print(JobsTable table, LineOutput out, KnownJob job) {
    if (json) {
      out.print(JobsTable.json(job));
    } else {
      table.add(job);
    }
  }

  /** What there is besides what was shown. */
  static List<String> summary(Map<JobStatus, Long> counts, LaneLag lag, Set<Lane> paused) {
    List<String> lines = new ArrayList<>();
    String known =
        counts.entrySet().stream()
            .map(count ->
                String.format(
                    Locale.ROOT, "%,d %s", count.getValue(), KnownJob.word(count.getKey())))
            .collect(Collectors.joining(", "));
    lines.add("Known: " + (known.isEmpty() ? "no job" : known) + ".");
    for (Lane lane : Lane.values()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "Lane %s%s: %,d more that wait for a first node or were not read yet.",
              lane.text(),
              paused.contains(lane) ? " (paused)" : "",
              lag.unknown(lane)));
    }
    return lines;
  }

  private int details(StateTopic state, Set<String> running, LineOutput out) {
    Set<String> wanted = new LinkedHashSet<>(ids);
    StateFold fold = new StateFold(wanted);
    state.read(fold);
    long nowMs = InstantSource.system().millis();
    int found = 0;
    boolean begun = false;
    for (String id : wanted) {
      List<KnownJob> jobs = fold.of(id);
      found += jobs.isEmpty() ? 0 : 1;
      for (KnownJob written : jobs) {
        KnownJob job = written.seen(running);
        if (json) {
          out.print(JobsTable.json(job));
        } else {
          if (begun) {
            out.print("");
          }
          JobDetails.lines(job, nowMs).forEach(out::print);
          begun = true;
        }
      }
      if (jobs.isEmpty()) {
        terminal.err().println(unknown(id));
      }
    }
    return found == wanted.size() ? ExitCode.DONE : ExitCode.FAILED;
  }

  static String unknown(String id) {
    return "Nothing is written of job %s: it waits for its first node, was not read yet, was forgotten long after its end, or the id is wrong."
        .formatted(PlainText.line(id));
  }
}
