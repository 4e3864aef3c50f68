package dev.relevo.launcher;

import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Lane;
import picocli.CommandLine.Command;

/** {@code relevo resume}. */
@Command(
    name = "resume",
    description = "Lets jobs of a lane begin again that was paused.",
    footer = {"", "Example:", "  ./relevo resume batch"})
final class ResumeCommand extends LaneCommand {
  ResumeCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  ControlRecord request(Lane asked) {
    return new ControlRecord.Resume(asked);
  }

  @Override
  String outcome(Lane asked, boolean paused, String typed) {
    return "Lane %s %s in their order."
        .formatted(
            asked.text(), paused ? "goes on: its jobs begin" : "was not paused; its jobs begin");
  }
}
