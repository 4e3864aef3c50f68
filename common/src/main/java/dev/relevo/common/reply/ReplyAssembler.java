package dev.relevo.common.reply;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.ResumeMode;
import dev.relevo.common.reply.ReplyStep.Reason;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The reader's rule (protocol section 5): folds the records of one job, in the order of their
 * partition, into the single answer that every reader computes, live or late. One per job; feed it
 * only records with that job's key that carry a fence. Records without a readable fence or value
 * are void and must not be given.
 *
 * <p>A record that does not count changes nothing. In particular a {@code started} alone does not
 * drop the text: its attempt may die before it says how it goes on, and the next one may still
 * continue what readers have. Text is dropped by {@code resumed} with mode {@code restart}, or when
 * the first chunk or {@code done} of an attempt comes that said nothing of resuming.
 *
 * <p>Two decisions where the rule is silent. A {@code done} of a fence that never claimed the
 * stream is void and does not fix the home. A {@code done} whose seq is lower than the last chunk's
 * ends the stream (nothing is missing); one whose seq is higher is a hole.
 *
 * <p>Not thread-safe; does no I/O and reads no clock.
 */
public final class ReplyAssembler {
  private static final long NONE = -1;
  private static final Delta EMPTY = new Delta(null, null, null, List.of());

  private final long maxTextLength;
  private final SortedMap<Integer, ReplyText> texts = new TreeMap<>();

  private long textLength;
  private boolean truncated;
  private long lastOffset = NONE;
  private long firstStartedOffset = NONE;
  private @Nullable Fence current;
  private boolean undecided;
  private boolean broken;
  private long nextSeq;
  private boolean emitted;
  private @Nullable ReplyRecord terminal;
  private @Nullable Fence terminalFence;

  private ReplyAssembler(long maxTextLength) {
    this.maxTextLength = maxTextLength;
  }

  /** One that follows the stream and keeps no text. */
  public static ReplyAssembler withoutText() {
    return new ReplyAssembler(NONE);
  }

  /**
   * One that keeps the text.
   *
   * @param maxTextLength the most characters kept over all answers, 0 or more; beyond it no more is
   *     kept and {@link #isTruncated()} says so
   */
  public static ReplyAssembler keepingText(long maxTextLength) {
    if (maxTextLength < 0) {
      throw new IllegalArgumentException("maxTextLength is negative: " + maxTextLength);
    }
    return new ReplyAssembler(maxTextLength);
  }

  /**
   * Takes the next record of the job.
   *
   * @param offset where it stands; records at or before the last one taken are ignored, so a reader
   *     may read some again
   * @return what the reader must do
   */
  public ReplyStep accept(long offset, Fence fence, ReplyRecord record) {
    if (offset <= lastOffset) {
      return nothing(Reason.READ_BEFORE);
    }
    lastOffset = offset;
    if (terminal != null) {
      return nothing(Reason.ENDED);
    }
    Fence claimed = current;
    if (claimed != null && claimed.home() != fence.home()) {
      return nothing(Reason.OTHER_HOME);
    }
    return switch (record) {
      case ReplyRecord.Started started -> claim(offset, fence, started);
      case ReplyRecord.Resumed resumed -> {
        ReplyStep refused = refuse(fence);
        yield refused == null ? resume(resumed) : refused;
      }
      case ReplyRecord.Chunk chunk -> {
        ReplyStep refused = refuse(fence);
        yield refused == null ? append(chunk) : refused;
      }
      case ReplyRecord.Done done -> {
        ReplyStep refused = refuse(fence);
        yield refused == null ? finish(fence, done) : refused;
      }
      case ReplyRecord.Failed failed -> stop(fence, failed);
      case ReplyRecord.Cancelled cancelled -> stop(fence, cancelled);
    };
  }

  private ReplyStep claim(long offset, Fence fence, ReplyRecord.Started started) {
    if (current != null && !fence.isHigherThan(current)) {
      return nothing(Reason.LOWER_FENCE);
    }
    if (firstStartedOffset == NONE) {
      firstStartedOffset = offset;
    }
    current = fence;
    undecided = true;
    broken = false;
    return new ReplyStep.Claimed(fence, started.node());
  }

  /** Why a record that only a claiming attempt may write does not count; null when it does. */
  private @Nullable ReplyStep refuse(Fence fence) {
    if (current == null || fence.isHigherThan(current)) {
      return nothing(Reason.UNCLAIMED);
    }
    if (!fence.equals(current)) {
      return nothing(Reason.LOWER_FENCE);
    }
    return broken ? nothing(Reason.AFTER_HOLE) : null;
  }

  private ReplyStep resume(ReplyRecord.Resumed resumed) {
    if (resumed.mode() == ResumeMode.RESTART) {
      undecided = false;
      drop(resumed.fromSeq());
      return new ReplyStep.Restarted(resumed.fromSeq(), null);
    }
    if (resumed.fromSeq() > nextSeq) {
      return hole();
    }
    undecided = false;
    return nothing(Reason.NO_NEWS);
  }

  private ReplyStep append(ReplyRecord.Chunk chunk) {
    long expected = undecided ? 0 : nextSeq;
    if (chunk.seq() > expected) {
      return hole();
    }
    boolean anew = beginAnew();
    if (chunk.seq() < nextSeq) {
      return nothing(Reason.DUPLICATE);
    }
    nextSeq++;
    emitted = true;
    Integer named = chunk.index();
    int index = named == null ? 0 : named;
    keep(index, chunk.delta());
    ReplyStep step = new ReplyStep.Appended(chunk.seq(), index, chunk.delta());
    return anew ? new ReplyStep.Restarted(0, step) : step;
  }

  private ReplyStep finish(Fence fence, ReplyRecord.Done done) {
    long expected = undecided ? 0 : nextSeq;
    if (done.seq() >= expected) {
      return hole();
    }
    boolean anew = beginAnew();
    ReplyStep step = end(fence, done);
    return anew ? new ReplyStep.Restarted(0, step) : step;
  }

  /** A {@code failed} or {@code cancelled}: the claiming attempt's word, or a dispatcher's. */
  private ReplyStep stop(Fence fence, ReplyRecord record) {
    if (current == null || fence.isHigherThan(current)) {
      return end(fence, record);
    }
    ReplyStep refused = refuse(fence);
    return refused == null ? end(fence, record) : refused;
  }

  private ReplyStep end(Fence fence, ReplyRecord record) {
    terminal = record;
    terminalFence = fence;
    return new ReplyStep.Ended(record);
  }

  private ReplyStep hole() {
    broken = true;
    return nothing(Reason.HOLE);
  }

  /** The attempt's first word was not {@code resumed}: chunks begin anew at 0. */
  private boolean beginAnew() {
    if (!undecided) {
      return false;
    }
    undecided = false;
    boolean hadText = emitted;
    drop(0);
    return hadText;
  }

  private void drop(long fromSeq) {
    nextSeq = fromSeq;
    emitted = false;
    texts.clear();
    textLength = 0;
    truncated = false;
  }

  private void keep(int index, Delta delta) {
    if (maxTextLength == NONE || truncated) {
      return;
    }
    long size = ReplyText.sizeOf(delta);
    if (textLength + size > maxTextLength) {
      truncated = true;
      return;
    }
    textLength += size;
    texts.computeIfAbsent(index, any -> new ReplyText()).append(delta);
  }

  private static ReplyStep nothing(Reason reason) {
    return new ReplyStep.Nothing(reason);
  }

  /** Whether the stream has ended. */
  public boolean isEnded() {
    return terminal != null;
  }

  /** What ended it: {@code done}, {@code failed} or {@code cancelled}; null while it goes on. */
  public @Nullable ReplyRecord terminal() {
    return terminal;
  }

  /** The fence of the record that ended it; null while it goes on. */
  public @Nullable Fence terminalFence() {
    return terminalFence;
  }

  /** The fence that holds the stream: the highest {@code started} so far. */
  public @Nullable Fence fence() {
    return current;
  }

  /** The home whose records count; -1 until something fixes it. */
  public int home() {
    if (current != null) {
      return current.home();
    }
    return terminalFence == null ? -1 : terminalFence.home();
  }

  /** The seq of the chunk that would continue the text. */
  public long nextSeq() {
    return nextSeq;
  }

  /** Whether readers hold any chunk now. */
  public boolean hasEmitted() {
    return emitted;
  }

  /** Where the job's first {@code started} stands; -1 before it. */
  public long firstStartedOffset() {
    return firstStartedOffset;
  }

  /** Where the last record taken stands; -1 before the first. */
  public long lastOffset() {
    return lastOffset;
  }

  /** Whether text is missing from {@link #answer} because there was more than may be kept. */
  public boolean isTruncated() {
    return truncated;
  }

  /** The indexes of the answers that have text, ascending. */
  public SortedMap<Integer, Delta> answers() {
    SortedMap<Integer, Delta> answers = new TreeMap<>();
    texts.forEach((index, text) -> answers.put(index, text.toDelta()));
    return answers;
  }

  /** All that readers hold of one answer, as one delta; empty when there is nothing. */
  public Delta answer(int index) {
    ReplyText text = texts.get(index);
    return text == null ? EMPTY : text.toDelta();
  }

  /** The visible text readers hold of the first answer. */
  public String text() {
    String content = answer(0).content();
    return content == null ? "" : content;
  }
}
