package dev.relevo.node.core;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.ReplyRecord;
import org.jspecify.annotations.Nullable;

/**
 * What readers of a job had been given when an attempt claimed the stream (protocol section 5).
 *
 * @param transcript the text so far
 * @param nextSeq the seq of the chunk that comes next, 0 or more
 * @param end the record that ended the stream, if it has ended
 */
public record Given(Transcript transcript, long nextSeq, @Nullable ReplyRecord end) {

  /** Nobody was given anything. */
  public static Given nothing() {
    return new Given(new Transcript(), 0, null);
  }

  /** What a stream that had ended means for the attempt that found it so. */
  public @Nullable AttemptEnd ended() {
    return switch (end) {
      case ReplyRecord.Done done ->
          new AttemptEnd.Succeeded(done.usage(), done.backend(), done.model());
      case ReplyRecord.Cancelled _ -> new AttemptEnd.Cancelled();
      case ReplyRecord.Failed failed when failed.code().equals(FailureCodes.DEADLINE_EXCEEDED) ->
          new AttemptEnd.Expired();
      case ReplyRecord.Failed failed ->
          new AttemptEnd.Failed(new AttemptFailure(failed.code(), failed.message(), false, null));
      case null -> null;
      case ReplyRecord.Started _, ReplyRecord.Resumed _, ReplyRecord.Chunk _ ->
          throw new IllegalStateException("a stream cannot end with " + end);
    };
  }
}
