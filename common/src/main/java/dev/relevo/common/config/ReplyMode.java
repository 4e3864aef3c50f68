package dev.relevo.common.config;

/** Where the reply records of a job go (protocol section 1). */
public enum ReplyMode {
  /**
   * One topic with a few partitions for all jobs of a process: for thousands of streams at once.
   */
  INBOX,
  /** A topic of its own for every job: the quickest for up to about 64 open streams. */
  TOPIC_PER_REQUEST
}
