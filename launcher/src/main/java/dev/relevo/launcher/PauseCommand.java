package dev.relevo.launcher;

import dev.relevo.common.config.KafkaSettings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.TopicNames;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code relevo pause}. */
@Command(
    name = "pause",
    description = {
      "Lets no job of a lane begin until it is resumed. What runs goes on; jobs still come in, can"
          + " be cancelled, and end at their deadlines."
    },
    footer = {"", "Example:", "  ./relevo pause batch"})
final class PauseCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Parameters(
      paramLabel = "LANE",
      converter = LaneOption.class,
      completionCandidates = LaneOption.class,
      description = "The lane: ${COMPLETION-CANDIDATES}.")
  private Lane lane = Lane.JOBS;

  PauseCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    KafkaSettings kafka = options.load(terminal.environment()).kafka();
    KafkaClients clients = KafkaDoor.open(kafka);
    TopicNames topics = new TopicNames(kafka.topics().prefix());
    try (PausedLanes lanes = new PausedLanes(clients, topics);
        ControlSender control = new ControlSender(clients, topics)) {
      boolean before = lanes.now().contains(lane);
      // Also when it is paused: control keeps what was asked for some days only.
      control.send(new ControlRecord.Pause(lane));
      terminal
          .err()
          .printf(
              "Lane %s %s: what runs goes on, nothing new of it begins. Go on with ./relevo"
                  + " resume%s %s%n",
              lane.text(),
              before ? "was paused already" : "is paused",
              options.asTyped(),
              lane.text());
    }
    return ExitCode.DONE;
  }
}
