package dev.relevo.client;

import dev.relevo.common.protocol.ReplyPlace;

/** Where the answers to a client's jobs go. */
sealed interface ReplyChannel permits TopicChannel, InboxChannel {

  /**
   * Makes what it needs and begins to read.
   *
   * @throws RuntimeException when that fails; {@code KafkaProblem} tells why
   */
  void start();

  /**
   * A place for the next job, already being read.
   *
   * @throws JobException when there is none in time
   */
  ReplyPlace open();

  /** The id a job gets that brings none. */
  String idFor(ReplyPlace place);

  /** The job at a place has ended, or never began. */
  void release(ReplyPlace place);

  /** Others will read the answer at a place: it is neither read any more nor deleted here. */
  void leave(ReplyPlace place);

  /** All before this offset of the partition was read. */
  void read(int partition, long nextOffset);

  /**
   * Leaves nothing behind that nobody needs.
   *
   * @param jobsOpen whether answers are still being written
   */
  void close(boolean jobsOpen);
}
