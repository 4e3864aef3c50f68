package dev.relevo.dispatcher.core;

/** What makes a job's status change; {@link JobLife} says which status follows. */
enum JobTrigger {
  SUBMITTED("submitted", "its record is read for the first time"),
  ASSIGNED("assigned", "a node that can take it was found; the assignment goes to the node's slot"),
  ACCEPTED(
      "accepted",
      "events tell that a node runs it; from `QUEUED` or `PARKED` when the attempt is an earlier "
          + "dispatcher's, of which state does not know"),
  REJECTED("rejected", "the node is full, drains or does not know the model"),
  RETRIED("failed", "the attempt failed and another may succeed, after a pause"),
  LOST("lost", "the attempt's node is gone, leaves, or does not have it"),
  PARKED(
      "parked",
      "it waits for over a minute, its next attempt is that far away, or no live node serves its "
          + "model: its body leaves memory, the committed offset passes it"),
  UNPARKED("un-parked", "a live node serves it: its body was read again by its offset"),
  SUCCEEDED("answered", "a node says so, or the reply place does"),
  FAILED("failed for good", "attempts or patience are used up, or another attempt would not help"),
  EXPIRED("expired", "its deadline passed"),
  CANCELLED("cancelled", "somebody asked, or nobody listens"),
  REPLAYED("replayed", "its dead letter is run again"),
  FORGOTTEN("forgotten", "`dispatcher.dedupe-window` or `dispatcher.dedupe-max` is over");

  private final String label;
  private final String meaning;

  JobTrigger(String label, String meaning) {
    this.label = label;
    this.meaning = meaning;
  }

  /** In a word. */
  String label() {
    return label;
  }

  /** In a sentence. */
  String meaning() {
    return meaning;
  }
}
