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

/** {@code relevo resume}. */
@Command(
    name = "resume",
    description = "Lets jobs of a lane begin again that was paused.",
    footer = {"", "Example:", "  ./relevo resume batch"})
final class ResumeCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Parameters(
      paramLabel = "LANE",
      converter = LaneOption.class,
      completionCandidates = LaneOption.class,
      description = "The lane: ${COMPLETION-CANDIDATES}.")
  private Lane lane = Lane.JOBS;

  ResumeCommand(Terminal terminal) {
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
      control.send(new ControlRecord.Resume(lane));
      terminal
          .err()
          .println(
              before
                  ? "Lane " + lane.text() + " goes on: its jobs begin in their order."
                  : "Lane " + lane.text() + " was not paused; its jobs begin in their order.");
    }
    return ExitCode.DONE;
  }
}
