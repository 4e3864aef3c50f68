package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.jspecify.annotations.Nullable;

/**
 * What stands in a reply place (protocol section 5). Key: the job id. The attempt's fence stands in
 * the header {@code relevo-fence}. What a sequence of them means is the reader's rule: {@code
 * dev.relevo.common.reply.ReplyAssembler}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = ReplyRecord.Started.class, name = "started"),
  @JsonSubTypes.Type(value = ReplyRecord.Resumed.class, name = "resumed"),
  @JsonSubTypes.Type(value = ReplyRecord.Chunk.class, name = "chunk"),
  @JsonSubTypes.Type(value = ReplyRecord.Done.class, name = "done"),
  @JsonSubTypes.Type(value = ReplyRecord.Failed.class, name = "failed"),
  @JsonSubTypes.Type(value = ReplyRecord.Cancelled.class, name = "cancelled")
})
@JsonInclude(JsonInclude.Include.NON_NULL)
public sealed interface ReplyRecord extends Message {

  /** Whether the record can end a stream. */
  default boolean isTerminal() {
    return this instanceof Done || this instanceof Failed || this instanceof Cancelled;
  }

  /**
   * An attempt claims the stream; always an attempt's first record.
   *
   * @param node the node that runs it
   */
  record Started(String node) implements ReplyRecord {
    public Started {
      Require.text(node, "node");
    }
  }

  /**
   * The attempt has read back what readers were given, and says how it goes on.
   *
   * @param mode whether the text so far stands
   * @param fromSeq the seq of the chunk that comes next, 0 or more
   */
  record Resumed(ResumeMode mode, long fromSeq) implements ReplyRecord {
    public Resumed {
      Require.present(mode, "mode");
      Require.atLeast(fromSeq, 0, "fromSeq");
    }
  }

  /**
   * A piece of the answer.
   *
   * @param seq counts the job's chunks from 0, over its attempts
   * @param index which of the answers it belongs to, for requests with {@code n} above 1; absent
   *     means 0
   * @param delta what is new, never null
   */
  record Chunk(long seq, @Nullable Integer index, Delta delta) implements ReplyRecord {
    public Chunk {
      Require.atLeast(seq, 0, "seq");
      Require.present(delta, "delta");
    }

    /** A piece of the only answer. */
    public Chunk(long seq, Delta delta) {
      this(seq, null, delta);
    }
  }

  /**
   * The answer is whole.
   *
   * @param seq of the last chunk, -1 when there was none
   * @param finishReason why the model stopped
   * @param usage what the backend counted, if it did
   * @param backend the name of the backend that answered
   * @param model the model that answered
   * @param attempts how many attempts it took, 1 or more
   */
  record Done(
      long seq,
      FinishReason finishReason,
      @Nullable Usage usage,
      String backend,
      String model,
      int attempts)
      implements ReplyRecord {
    public Done {
      Require.atLeast(seq, -1, "seq");
      Require.present(finishReason, "finishReason");
      Require.text(backend, "backend");
      Require.text(model, "model");
      Require.atLeast(attempts, 1, "attempts");
    }
  }

  /**
   * The job has failed for good. Never written by a node for a failure that may be retried.
   *
   * @param code for programs, one of {@link FailureCodes} or a backend's own
   * @param message for people: what happened and what to do
   * @param attempts how many attempts were made, 0 or more
   */
  record Failed(String code, String message, int attempts) implements ReplyRecord {
    public Failed {
      code = Require.cutName(code, "code");
      message = Require.words(message, "message");
      Require.atLeast(attempts, 0, "attempts");
    }
  }

  /**
   * Somebody stopped the job.
   *
   * @param reason for people
   */
  record Cancelled(String reason) implements ReplyRecord {
    public Cancelled {
      reason = Require.words(reason, "reason");
    }
  }
}
