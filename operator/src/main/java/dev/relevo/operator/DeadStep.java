package dev.relevo.operator;

import java.util.List;

/** What can be sent for a dead letter. */
public interface DeadStep {
  /**
   * Several letters come next, within a second or so; what they need can be fetched for all of
   * them.
   */
  default void prepare(List<DeadRecord> records) {}

  /** It is this letter's turn. */
  void take(DeadRecord record, RecordSender sender);
}
