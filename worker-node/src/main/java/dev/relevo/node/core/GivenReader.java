package dev.relevo.node.core;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.reply.ReplyAssembler;

/**
 * Folds what readers of a job have been given, up to an attempt's own {@code started} (protocol
 * section 5). Not thread-safe.
 */
public final class GivenReader {
  private final String job;
  private final ReplyPlace place;
  private final long from;
  private final long to;
  private final ReplyAssembler assembler = ReplyAssembler.keepingText(Transcript.MAX_LENGTH);
  private boolean partlyDeleted;

  /**
   * One that has read nothing.
   *
   * @param ownOffset where the attempt's own {@code started} stands
   */
  GivenReader(Assignment assignment, ReplyPlace place, long ownOffset) {
    Long started = assignment.startedOffset();
    this.job = assignment.job();
    this.place = place;
    this.from = Math.max(place.fromOffset(), started == null ? 0 : started);
    this.to = ownOffset;
  }

  /** Whose stream it is: records of other keys are not to be given. */
  public String job() {
    return job;
  }

  /** Where it stands. */
  public ReplyPlace place() {
    return place;
  }

  /** The first offset to read. */
  public long from() {
    return from;
  }

  /** The offset behind the last; nothing is to be read where it is not above the first. */
  public long to() {
    return to;
  }

  /** The partition begins here: what stood before it is deleted. */
  public void beginsAt(long earliest) {
    partlyDeleted = earliest > from;
  }

  /** Takes the next record of the job. */
  public void accept(long offset, Fence fence, ReplyRecord record) {
    if (offset < to) {
      assembler.accept(offset, fence, record);
    }
  }

  /** What readers have. */
  public Given given() {
    Transcript transcript = new Transcript();
    assembler.answers().forEach(transcript::add);
    if (assembler.isTruncated() || partlyDeleted) {
      transcript.addUnknown();
    }
    return new Given(transcript, assembler.nextSeq(), assembler.terminal());
  }

  /** Where the job's first {@code started} stands: the attempt's own, if there is none before. */
  public long firstStartedOffset() {
    long first = assembler.firstStartedOffset();
    return first < 0 ? to : first;
  }
}
