package dev.relevo.simulation;

import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.ResumeMode;
import org.jspecify.annotations.Nullable;

/**
 * The reader's rule once more, as somebody else would write it who had only read {@code
 * docs/protocol.md} and prints text: the yardstick for the real one.
 */
final class PlainReader {
  private final StringBuilder text = new StringBuilder();
  private @Nullable Fence current;
  private boolean fresh;
  private boolean hole;
  private long next;
  private @Nullable ReplyRecord end;

  void read(Fence fence, ReplyRecord record) {
    Fence held = current;
    if (end != null || (held != null && held.home() != fence.home())) {
      return;
    }
    boolean higher = held == null || compare(fence, held) > 0;
    if (record instanceof ReplyRecord.Started) {
      if (higher) {
        current = fence;
        fresh = true;
        hole = false;
      }
      return;
    }
    boolean word = record instanceof ReplyRecord.Failed || record instanceof ReplyRecord.Cancelled;
    if (word && higher) {
      end = record;
      return;
    }
    if (held == null || compare(fence, held) != 0 || hole) {
      return;
    }
    switch (record) {
      case ReplyRecord.Resumed resumed -> resumed(resumed);
      case ReplyRecord.Chunk chunk -> chunk(chunk);
      case ReplyRecord.Done done -> {
        if (done.seq() >= (fresh ? 0 : next)) {
          hole = true;
        } else {
          begin();
          end = record;
        }
      }
      case ReplyRecord.Failed _, ReplyRecord.Cancelled _ -> end = record;
      case ReplyRecord.Started _ -> {}
    }
  }

  private void resumed(ReplyRecord.Resumed resumed) {
    if (resumed.mode() == ResumeMode.RESTART) {
      text.setLength(0);
      next = resumed.fromSeq();
      fresh = false;
    } else if (resumed.fromSeq() > next) {
      hole = true;
    } else {
      fresh = false;
    }
  }

  private void chunk(ReplyRecord.Chunk chunk) {
    if (chunk.seq() > (fresh ? 0 : next)) {
      hole = true;
      return;
    }
    begin();
    if (chunk.seq() == next) {
      next++;
      String content = chunk.delta().content();
      text.append(content == null ? "" : content);
    }
  }

  private void begin() {
    if (fresh) {
      fresh = false;
      text.setLength(0);
      next = 0;
    }
  }

  private static int compare(Fence one, Fence other) {
    int epochs = Long.compare(one.epoch(), other.epoch());
    return epochs != 0 ? epochs : Long.compare(one.attempt(), other.attempt());
  }

  String text() {
    return text.toString();
  }

  @Nullable ReplyRecord end() {
    return end;
  }
}
