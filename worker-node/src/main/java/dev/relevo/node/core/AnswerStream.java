package dev.relevo.node.core;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.ResumeMode;
import dev.relevo.common.protocol.Usage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer of one attempt, as the records its readers get (protocol section 5): numbers the
 * chunks, joins those that come fast, holds back what a replay repeats, and says how an answer goes
 * on before its first new chunk. What it returns is to be written in that order. Not thread-safe.
 */
public final class AnswerStream {
  private final ChunkJoiner joiner;
  private final Transcript transcript;
  private long nextSeq;
  private boolean mustAnnounce;
  private ResumeMode mode = ResumeMode.CONTINUE;
  private @Nullable ReplayFilter filter;

  /**
   * The stream of one attempt.
   *
   * @param given what readers have; where that is something, this stream says how it goes on before
   *     its first new chunk
   * @param lingerNanos how long pieces that come fast are joined
   */
  public AnswerStream(Given given, long lingerNanos) {
    this.joiner = new ChunkJoiner(lingerNanos);
    this.transcript = given.transcript();
    this.nextSeq = given.nextSeq();
    this.mustAnnounce = nextSeq > 0;
  }

  /**
   * Goes on in a way other than {@link Resumption.Fail}.
   *
   * @return what was waiting to be joined
   */
  public List<ReplyRecord> begin(Resumption way, long nowNanos) {
    List<ReplyRecord> out = flush(nowNanos);
    filter = way instanceof Resumption.Replay ? new ReplayFilter(transcript) : null;
    if (way instanceof Resumption.Restart) {
      transcript.clear();
      mustAnnounce = true;
      mode = ResumeMode.RESTART;
    } else if (!mustAnnounce || mode != ResumeMode.RESTART) {
      mode = way.mode();
    }
    return out;
  }

  /** Takes a piece from the backend. */
  public Step accept(int index, Delta delta, long nowNanos) {
    if (filter != null) {
      return switch (filter.next(index, delta)) {
        case ReplayFilter.Step.Repeated _ -> new Step.Write(List.of());
        case ReplayFilter.Step.Parted _ -> new Step.Parted();
        case ReplayFilter.Step.New fresh -> new Step.Write(add(index, fresh.delta(), nowNanos));
      };
    }
    return new Step.Write(add(index, delta, nowNanos));
  }

  private List<ReplyRecord> add(int index, Delta delta, long nowNanos) {
    if (delta.isEmpty()) {
      return List.of();
    }
    transcript.add(index, delta);
    return chunks(joiner.add(new ChunkJoiner.Piece(index, delta), nowNanos));
  }

  /** What waits to be joined, now. */
  public List<ReplyRecord> flush(long nowNanos) {
    return chunks(joiner.flush(nowNanos));
  }

  /** Whether a piece waits to be joined. */
  public boolean isWaiting() {
    return joiner.isWaiting();
  }

  /**
   * The end of a whole answer.
   *
   * @return what is left and {@code done}; {@link Step.Parted} when a replay ended before it had
   *     repeated all that readers have
   */
  public Step end(
      FinishReason reason,
      @Nullable Usage usage,
      String backend,
      String model,
      int attempt,
      long nowNanos) {
    if (filter != null && !filter.isRepeated()) {
      return new Step.Parted();
    }
    List<ReplyRecord> out = new ArrayList<>(flush(nowNanos));
    announce(out);
    out.add(new ReplyRecord.Done(nextSeq - 1, reason, usage, backend, model, attempt));
    return new Step.Write(out);
  }

  /** What readers have, with what waits to be joined; changes as the stream goes on. */
  public Transcript transcript() {
    return transcript;
  }

  private List<ReplyRecord> chunks(List<ChunkJoiner.Piece> pieces) {
    if (pieces.isEmpty()) {
      return List.of();
    }
    List<ReplyRecord> out = new ArrayList<>(pieces.size() + 1);
    announce(out);
    for (ChunkJoiner.Piece piece : pieces) {
      Integer index = piece.index() == 0 ? null : Integer.valueOf(piece.index());
      out.add(new ReplyRecord.Chunk(nextSeq++, index, piece.delta()));
    }
    return out;
  }

  private void announce(List<ReplyRecord> out) {
    if (mustAnnounce) {
      out.add(new ReplyRecord.Resumed(mode, nextSeq));
      mustAnnounce = false;
    }
  }

  /** What becomes of a piece. */
  public sealed interface Step {
    /**
     * Records to write, none or more.
     *
     * @param records in order
     */
    record Write(List<ReplyRecord> records) implements Step {}

    /** The replay says something else than what readers have: fall to the next way. */
    record Parted() implements Step {}
  }
}
