package dev.relevo.launcher.storm;

import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.reply.ReplyAssembler;
import dev.relevo.launcher.LiveAnswer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a reader has of an answer.
 *
 * @param ending {@code done}, {@code failed} or {@code cancelled}; empty where there is none
 * @param code of a {@code failed}, else empty
 */
record Heard(String text, String ending, String code) {
  private static final long MOST_TEXT = 1_000_000;

  /** What somebody heard who listened all the time, by none of Relevo's code. */
  static Heard live(LiveAnswer answer) {
    return new Heard(answer.text(), answer.ending(), answer.code());
  }

  /** What somebody hears who comes when all is over, by Relevo's own reader. */
  static Heard late(List<LogEntry> replies) {
    ReplyAssembler assembler = ReplyAssembler.keepingText(MOST_TEXT);
    for (LogEntry entry : replies) {
      Fence fence = MessageCodec.fence(entry.headers());
      if (fence != null) {
        var _ =
            assembler.accept(
                entry.offset(),
                fence,
                MessageCodec.decode(
                    ReplyRecord.class, entry.value().getBytes(StandardCharsets.UTF_8)));
      }
    }
    return switch (assembler.terminal()) {
      case null -> new Heard(assembler.text(), "", "");
      case ReplyRecord.Done _ -> new Heard(assembler.text(), "done", "");
      case ReplyRecord.Failed failed -> new Heard(assembler.text(), "failed", failed.code());
      case ReplyRecord.Cancelled _ -> new Heard(assembler.text(), "cancelled", "");
      case ReplyRecord other -> throw new IllegalStateException("no end: " + other);
    };
  }

  boolean hasEnded() {
    return !ending.isEmpty();
  }

  @Override
  public String toString() {
    String end = hasEnded() ? ending + (code.isEmpty() ? "" : " " + code) : "no end";
    return end + " after '" + text + "'";
  }
}
