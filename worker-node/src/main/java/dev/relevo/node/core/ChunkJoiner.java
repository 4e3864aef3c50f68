package dev.relevo.node.core;

import dev.relevo.common.protocol.Delta;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Joins pieces of an answer that come fast into one chunk: the first goes out at once, and so does
 * any that comes later than the linger time after the last one that went out; others wait for that
 * time to pass, or until {@link #MAX_JOINED_LENGTH}.
 */
final class ChunkJoiner {
  /** Characters; far below what Kafka takes in one record. */
  static final int MAX_JOINED_LENGTH = 8_192;

  private final long lingerNanos;
  private @Nullable Piece waiting;
  private int waitingLength;
  private boolean anySent;
  private long lastSentNanos;

  ChunkJoiner(long lingerNanos) {
    this.lingerNanos = lingerNanos;
  }

  /** A piece of an answer and which answer it belongs to. */
  record Piece(int index, Delta delta) {}

  /** Takes a piece; returns what goes out now, in order. */
  List<Piece> add(Piece piece, long nowNanos) {
    List<Piece> out = new ArrayList<>(2);
    Piece before = waiting;
    if (before != null && before.index() != piece.index()) {
      takeWaiting(out, nowNanos);
      before = null;
    }
    waiting = before == null ? piece : new Piece(piece.index(), before.delta().then(piece.delta()));
    waitingLength += length(piece.delta());
    if (isDue(nowNanos) || waitingLength >= MAX_JOINED_LENGTH) {
      takeWaiting(out, nowNanos);
    }
    return out;
  }

  /** What waits, whether due or not. */
  List<Piece> flush(long nowNanos) {
    List<Piece> out = new ArrayList<>(1);
    takeWaiting(out, nowNanos);
    return out;
  }

  /** Whether a piece waits. */
  boolean isWaiting() {
    return waiting != null;
  }

  private boolean isDue(long nowNanos) {
    return !anySent || nowNanos - lastSentNanos >= lingerNanos;
  }

  private void takeWaiting(List<Piece> out, long nowNanos) {
    if (waiting != null) {
      out.add(waiting);
      waiting = null;
      waitingLength = 0;
      anySent = true;
      lastSentNanos = nowNanos;
    }
  }

  private static int length(Delta delta) {
    int length = length(delta.content()) + length(delta.reasoning()) + length(delta.refusal());
    for (Delta.ToolCall call : delta.toolCalls()) {
      length += call.function() == null ? 0 : length(call.function().arguments());
    }
    return length;
  }

  private static int length(@Nullable String text) {
    return text == null ? 0 : text.length();
  }
}
