package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobStatus;

/**
 * A job on its way out, when the shard and not a node ends it, or when a dead letter is due
 * (protocol section 4, Ending). Each step waits for the acknowledgement of the one before.
 */
final class Ending {

  /** The steps, in order; a job that needs none of the first begins later. */
  enum Step {
    /** {@code settled} goes to events; the step ends when it is read there. */
    SETTLING,
    /** {@code failed} or {@code cancelled} goes to the reply place. */
    REPLYING,
    /** The reply place is read, for what ended the stream first is the outcome. */
    READING_BACK,
    /** The dead letter is written. */
    BURYING,
    /** The terminal state is written. */
    RECORDING
  }

  final Fence fence;
  JobStatus status;
  String code;
  String message;
  Step step;

  /** Whether the reader was told already, by a node. */
  final boolean told;

  Ending(Step step, JobStatus status, String code, String message, Fence fence, boolean told) {
    this.step = step;
    this.status = status;
    this.code = code;
    this.message = message;
    this.fence = fence;
    this.told = told;
  }
}
