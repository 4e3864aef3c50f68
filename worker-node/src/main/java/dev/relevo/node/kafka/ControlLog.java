package dev.relevo.node.kafka;

import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import java.util.LinkedHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@code relevo.control} asks of one node. A cancel is remembered, for it may be read before
 * the job's assignment. A drain that stands before the node's start was meant for an earlier
 * incarnation. Used by the loop only.
 */
final class ControlLog {
  private static final Logger LOG = LoggerFactory.getLogger(ControlLog.class);

  /** As many as a dispatcher remembers (protocol section 4). */
  static final int MAX_CANCELS = 100_000;

  private final String node;
  private final long startedAt;
  private final LinkedHashMap<String, String> cancels = new LinkedHashMap<>();

  /**
   * Nothing read yet.
   *
   * @param startedAt the end of control when the node started
   */
  ControlLog(String node, long startedAt) {
    this.node = node;
    this.startedAt = startedAt;
  }

  /** What a record asks for now. */
  sealed interface Order {
    /** A job is stopped wherever it runs. */
    record Cancel(String job, String reason) implements Order {}

    /** This node shall leave. */
    record Drain() implements Order {}
  }

  /** Reads a record; null when it asks nothing of this node. */
  @Nullable Order read(ConsumerRecord<String, byte[]> record) {
    ControlRecord control;
    try {
      control = MessageCodec.decode(ControlRecord.class, record.value());
    } catch (MalformedRecordException e) {
      LOG.warn(
          "The control record at offset {} is unreadable: {}", record.offset(), e.getMessage());
      return null;
    }
    return switch (control) {
      case ControlRecord.Cancel cancel -> {
        remember(cancel);
        yield new Order.Cancel(cancel.job(), cancel.reason());
      }
      case ControlRecord.Drain drain ->
          drain.node().equals(node) && record.offset() >= startedAt ? new Order.Drain() : null;
      case ControlRecord.Pause _, ControlRecord.Resume _ -> null;
    };
  }

  private void remember(ControlRecord.Cancel cancel) {
    cancels.put(cancel.job(), cancel.reason());
    if (cancels.size() > MAX_CANCELS) {
      cancels.pollFirstEntry();
    }
  }

  /** Why a job was cancelled; null when it was not. */
  @Nullable String cancelled(String job) {
    return cancels.get(job);
  }
}
