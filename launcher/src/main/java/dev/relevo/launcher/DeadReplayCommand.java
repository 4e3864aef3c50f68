package dev.relevo.launcher;

import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.operator.DeadFilter;
import dev.relevo.operator.DeadReader;
import dev.relevo.operator.DeadRecord;
import dev.relevo.operator.DeadReplay;
import dev.relevo.operator.DeadReplaying;
import dev.relevo.operator.Pace;
import dev.relevo.operator.ReplyPlaces;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code relevo dead replay}. */
@Command(
    name = "replay",
    description = {
      "Runs the jobs of dead letters again, under their own ids; a letter goes when a dispatcher"
          + " has its job. Stop it with Ctrl-C and start it again as you like: no job runs twice.",
      "The deadline is renewed and attempts count anew. An answer goes to the reply topic of the"
          + " first try, behind what stands there; where that topic is gone nobody is left to"
          + " listen, the job runs all the same, and only its outcome is kept."
    },
    footer = {
      "",
      "Example:",
      "  ./relevo dead replay --dry-run --since 1d",
      "  ./relevo dead replay 01993b5e-7a10-7c1e-8f4b-5d2f6a1b9c3d",
      "  ./relevo dead replay --model gemma3:27b --to-model gemma3:4b --rate 10/s"
    })
final class DeadReplayCommand implements Callable<Integer> {
  private static final int MOST_MODEL = 1_000;
  private static final int MOST_TOLD = 5;

  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();
  @Mixin private final DeadFilterOptions choice = new DeadFilterOptions();

  @Option(
      names = "--to-model",
      paramLabel = "M",
      description = "Ask for this model instead of the job's own; its fallbacks stay.")
  private @Nullable String toModel;

  @Option(
      names = "--rate",
      paramLabel = "N/s",
      description = "At most so many jobs a second (10/s), a minute (90/m) or an hour (600/h).")
  private @Nullable String rate;

  @Option(names = "--dry-run", description = "Only print what would be done.")
  private boolean dryRun;

  private long refused;

  DeadReplayCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    DeadFilter filter = choice.filter(InstantSource.system().instant());
    double perSecond = perSecond(rate);
    if (toModel != null && (toModel.isBlank() || toModel.length() > MOST_MODEL)) {
      throw CommandProblem.wrongUse(
          "--to-model names no model; ./relevo nodes shows those there are.");
    }
    DeadHouse house = DeadHouse.open(options.load(terminal.environment()));
    try (DeadReader reader = house.reader();
        ReplyPlaces places = new ReplyPlaces(house.clients(), house.topics(), System::nanoTime)) {
      DeadWork work = new DeadWork(terminal, house.clients(), reader, filter);
      long total = work.count(this::canRun);
      tellRefused();
      if (total == 0) {
        return nothingToDo();
      }
      if (dryRun) {
        try (LineOutput out = new LineOutput(terminal.out())) {
          reader.scan(filter, record -> print(record, out, house, places));
        }
        terminal.err().println(jobs(total) + " would run again; nothing was changed.");
        return ExitCode.DONE;
      }
      DeadReplaying replaying = new DeadReplaying(toModel, house.topics(), places);
      StopSignal.Kind stopped =
          work.run(
              total,
              perSecond,
              "sending jobs again",
              record -> record.obstacle().isEmpty(),
              replaying);
      tellSent(replaying.answered(), replaying.unheard());
      return DeadWork.exitCode(stopped);
    }
  }

  private static double perSecond(@Nullable String rate) {
    return rate == null
        ? Double.POSITIVE_INFINITY
        : Pace.perSecond(rate)
            .orElseThrow(() ->
                CommandProblem.wrongUse(
                    "--rate '%s' is no rate: say how many jobs a second, such as 10/s or 0.5/s, or a minute, such as 90/m."
                        .formatted(PlainText.line(rate, 60))));
  }

  private boolean canRun(DeadRecord record) {
    Optional<String> obstacle = record.obstacle();
    obstacle.ifPresent(reason -> {
      refused++;
      if (refused <= MOST_TOLD) {
        terminal
            .err()
            .println(
                "Not replayed: %s, because %s"
                    .formatted(PlainText.line(record.name(), 160), PlainText.line(reason, 300)));
      }
    });
    return obstacle.isEmpty();
  }

  private void tellRefused() {
    if (refused > MOST_TOLD) {
      terminal
          .err()
          .println(
              "Not replayed: %d more such letters; ./relevo dead list --json tells them by \"replayable\": false."
                  .formatted(refused - MOST_TOLD));
    }
  }

  private int nothingToDo() {
    terminal.err().println("No dead letters" + choice.words() + " to run again.");
    return refused > 0 || !choice.names().isEmpty() ? ExitCode.FAILED : ExitCode.DONE;
  }

  private void tellSent(long answered, long unheard) {
    PrintStream err = terminal.err();
    err.println(jobs(answered + unheard) + " sent; a letter goes when a dispatcher has its job.");
    if (answered > 0) {
      err.println(
          jobs(answered)
              + " answered in the reply topic of the first try, behind what stands there.");
    }
    if (unheard > 0) {
      err.println(
          jobs(unheard)
              + " without a reply topic, or with one that is gone: nobody hears the answer, only"
              + " the outcome is kept.");
    }
  }

  private boolean print(DeadRecord record, LineOutput out, DeadHouse house, ReplyPlaces places) {
    if (record.obstacle().isEmpty()) {
      DeadLetter letter = Objects.requireNonNull(record.letter());
      String lane = house.topics().lane(letter.lane());
      ReplyPlace first = DeadReplay.firstPlace(record);
      String model = toModel == null ? letter.model() : toModel;
      out.print(
          "%s to %s, partition %d, model %s, %s"
              .formatted(
                  PlainText.line(record.name()),
                  lane,
                  record.partition(),
                  model == null ? "-" : PlainText.line(model),
                  first != null && places.isThere(first)
                      ? "answer to " + PlainText.line(first.topic())
                      : "nobody hears the answer"));
    }
    return out.isListening();
  }

  private static String jobs(long count) {
    return count == 1 ? "1 job" : count + " jobs";
  }
}
