package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.TopicNames;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code relevo follow}. */
@Command(
    name = "follow",
    description = "Prints the answer of a job from its beginning, and goes on as it comes.",
    footer = {"", "Example:", "  ./relevo follow 01993b5e-7a10-7c1e-8f4b-5d2f6a1b9c3d"})
final class FollowCommand implements Callable<Integer> {
  private static final Duration SILENCE = Duration.ofSeconds(5);

  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Option(names = "--json", description = "Print each reply record as a line of JSON.")
  private boolean json;

  @Parameters(paramLabel = "JOB", description = "The job's id, as submit printed it.")
  private String job = "";

  FollowCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Settings settings = options.load(terminal.environment());
    TopicNames topics = new TopicNames(settings.kafka().topics().prefix());
    String topic = topics.replies(job);
    if (!topics.isReplyPlace(topic) || !topic.matches("[A-Za-z0-9._-]+")) {
      throw CommandProblem.wrongUse(
          "'" + job + "' cannot be followed: name a job by the id that submit printed.");
    }
    KafkaClients clients = KafkaDoor.open(settings.kafka());
    try (AnswerReader reader = new AnswerReader(clients, job, topic)) {
      if (!reader.isThere()) {
        throw CommandProblem.failed(
            "There is no answer of a job %s: the id is wrong, or the answer was read to its end and deleted."
                .formatted(job));
      }
      AnswerPrinter printer =
          new AnswerPrinter(terminal, json, () -> "No node has begun with it yet.");
      reader.read(printer, SILENCE);
      return printer.exitCode();
    }
  }
}
