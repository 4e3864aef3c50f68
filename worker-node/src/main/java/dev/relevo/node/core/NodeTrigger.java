package dev.relevo.node.core;

/** What makes a node's state change; {@link NodeLife} says which state follows. */
public enum NodeTrigger {
  /** It has a name and a slot. */
  ENROLLED("enrolled", "nobody else has its name, and it has a slot"),
  /** It can take work. */
  CHECKED(
      "backends checked",
      "each backend was looked at once; work comes after the first `READY` beat"),
  /** It is to leave. */
  DRAIN_ASKED("drain", "it is stopped, or `drain` stands in control: it takes nothing new"),
  /** It leaves. */
  DRAINED(
      "drained",
      "nothing is left that runs or is not reported; or `node.drain-timeout` is over and what ran"
          + " was handed over"),
  /** It cannot go on. */
  FAILED("failed", "it cannot go on: its name is taken, or Kafka refuses it; no beat says so"),
  /** Nobody speaks of it any more. */
  FORGOTTEN("gone", "dispatchers have read its last beat; a new start is a new incarnation");

  private final String label;
  private final String meaning;

  NodeTrigger(String label, String meaning) {
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
