package dev.relevo.launcher;

import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Lane;
import picocli.CommandLine.Command;

/** {@code relevo pause}. */
@Command(
    name = "pause",
    description = {
      "Lets no job of a lane begin until it is resumed. What runs goes on; jobs still come in, can"
          + " be cancelled, and end at their deadlines."
    },
    footer = {"", "Example:", "  ./relevo pause batch"})
final class PauseCommand extends LaneCommand {
  PauseCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  ControlRecord request(Lane asked) {
    return new ControlRecord.Pause(asked);
  }

  @Override
  String outcome(Lane asked, boolean paused, String typed) {
    return "Lane %s %s: what runs goes on, nothing new of it begins. Go on with ./relevo resume%s %s"
        .formatted(asked.text(), paused ? "was paused already" : "is paused", typed, asked.text());
  }
}
