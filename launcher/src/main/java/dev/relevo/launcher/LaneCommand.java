package dev.relevo.launcher;

import dev.relevo.common.config.KafkaSettings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.operator.PausedLanes;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Asks dispatchers for something about a lane, and says how it was before. */
abstract class LaneCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Parameters(
      paramLabel = "LANE",
      converter = LaneOption.class,
      completionCandidates = LaneOption.class,
      description = "The lane: ${COMPLETION-CANDIDATES}.")
  private Lane lane = Lane.JOBS;

  LaneCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** What is asked for; also when it is so already: control keeps it for some days only. */
  abstract ControlRecord request(Lane asked);

  /**
   * What the user is told.
   *
   * @param paused whether it was paused before
   * @param typed the options about Kafka, for a command to go on with
   */
  abstract String outcome(Lane asked, boolean paused, String typed);

  @Override
  public final Integer call() {
    KafkaSettings kafka = options.load(terminal.environment()).kafka();
    KafkaClients clients = KafkaDoor.open(kafka);
    TopicNames topics = new TopicNames(kafka.topics().prefix());
    try (PausedLanes lanes = new PausedLanes(clients, topics);
        ControlSender control = new ControlSender(clients, topics)) {
      boolean paused = lanes.now().contains(lane);
      control.send(request(lane));
      terminal.err().println(outcome(lane, paused, options.asTyped()));
    }
    return ExitCode.DONE;
  }
}
