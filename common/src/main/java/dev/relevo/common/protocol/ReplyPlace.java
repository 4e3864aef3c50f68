package dev.relevo.common.protocol;

/**
 * Where a job's answer goes.
 *
 * @param topic under {@code relevo.replies.} or {@code relevo.inbox.}
 * @param partition 0 or more
 * @param fromOffset no record of the job stands before it, 0 or more
 */
public record ReplyPlace(String topic, int partition, long fromOffset) {
  public ReplyPlace {
    Require.text(topic, HeaderNames.REPLY_TOPIC);
    Require.atLeast(partition, 0, HeaderNames.REPLY_PARTITION);
    Require.atLeast(fromOffset, 0, HeaderNames.REPLY_OFFSET);
  }
}
