package dev.relevo.client;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.ReplyPlace;

/** What a subscriber is given of an answer (protocol section 5). */
public sealed interface ReplyChunk {
  /**
   * Where a reader who was given this can go on: {@link JobClient#follow(String, ReplyPlace, long)}
   * after it gives all that comes next, and nothing twice. It is the offset of the record that
   * brought this; of joined pieces the last one's. Only where several answers ({@code index}) were
   * joined for a subscriber that fell behind, some may come again; their numbers tell.
   */
  long position();

  /**
   * A piece of the answer. A subscriber that falls behind is given several of the stream's chunks
   * as one.
   *
   * @param fromSeq the number of its first chunk in the stream
   * @param toSeq the number of its last chunk, the same unless several were joined
   * @param index which of the answers it belongs to, 0 unless the request asked for several
   * @param delta what is new
   * @param position where to go on
   */
  record Piece(long fromSeq, long toSeq, int index, Delta delta, long position)
      implements ReplyChunk {
    /** The visible text in it, empty when it holds none. */
    public String text() {
      String content = delta.content();
      return content == null ? "" : content;
    }
  }

  /**
   * The answer begins anew: all pieces so far are void. Never happens to a job that keeps the
   * default failover, {@code seamless}, once text was given.
   *
   * @param fromSeq the number of the chunk that comes next
   * @param position where to go on; the offset before, where one record brings both this and what
   *     comes next
   */
  record Restart(long fromSeq, long position) implements ReplyChunk {}
}
