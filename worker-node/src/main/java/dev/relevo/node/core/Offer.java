package dev.relevo.node.core;

import dev.relevo.common.protocol.EventRecord.Rejected;

/** What a node makes of an assignment (protocol section 4). */
public sealed interface Offer {

  /** It runs; it is in the table from now on. */
  record Run() implements Offer {}

  /**
   * It is answered with {@code rejected}.
   *
   * @param reason for the dispatcher
   * @param message for people
   */
  record Reject(Rejected.Reason reason, String message) implements Offer {}

  /**
   * Nothing is done and nothing is said.
   *
   * @param why for the log
   */
  record Ignore(Why why) implements Offer {
    /** Why an assignment is ignored. */
    public enum Why {
      /** Its epoch is lower than one seen for that home: its shard has an heir. */
      VOID,
      /** This fence was seen before. */
      DUPLICATE
    }
  }
}
