package dev.relevo.common.reply;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.ReplyRecord;
import org.jspecify.annotations.Nullable;

/** What one record means to a reader of the stream: what it must do with what it shows. */
public sealed interface ReplyStep {

  /**
   * Nothing to do: the record does not count, or says nothing to a reader.
   *
   * @param reason why not
   */
  record Nothing(Reason reason) implements ReplyStep {}

  /**
   * An attempt claims the stream; the text stays as it is.
   *
   * @param fence the attempt
   * @param node who runs it
   */
  record Claimed(Fence fence, String node) implements ReplyStep {}

  /**
   * Text comes after what is there.
   *
   * @param seq of the chunk
   * @param index which of the answers it belongs to, 0 or more
   * @param delta what is new
   */
  record Appended(long seq, int index, Delta delta) implements ReplyStep {}

  /**
   * All text so far is void, of every index: drop it.
   *
   * @param fromSeq the seq of the chunk that comes next
   * @param then what the same record brings besides, to be done after dropping
   */
  record Restarted(long fromSeq, @Nullable ReplyStep then) implements ReplyStep {}

  /**
   * The stream has ended; nothing after it counts.
   *
   * @param terminal {@code done}, {@code failed} or {@code cancelled}
   */
  record Ended(ReplyRecord terminal) implements ReplyStep {}

  /** Why a record means nothing. */
  enum Reason {
    /** It stands at or before one read already. */
    READ_BEFORE,
    /** The stream has ended. */
    ENDED,
    /** Its fence names another home than the stream's. */
    OTHER_HOME,
    /** Its fence is lower than the current, or it claims with one that is not higher. */
    LOWER_FENCE,
    /** Nobody claimed the stream with its fence. */
    UNCLAIMED,
    /** Its seq is taken. */
    DUPLICATE,
    /** Its seq is beyond the next: it and all later ones of its fence are void. */
    HOLE,
    /** It stands after a hole of its fence. */
    AFTER_HOLE,
    /** It counts, but a reader has nothing to do. */
    NO_NEWS
  }
}
