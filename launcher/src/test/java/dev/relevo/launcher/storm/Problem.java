package dev.relevo.launcher.storm;

/**
 * A promise that was not kept.
 *
 * @param subject the job, the poison or the process
 */
record Problem(String subject, Kind kind, String words) {

  /** Which promise. */
  enum Kind {
    NOT_TAKEN("Kafka did not take it"),
    LOST("it has no end"),
    CUT("its answer looks finished and is not whole"),
    DOUBLED("something stands twice"),
    MIXED("its text is not what the model said"),
    READERS("two readers do not agree"),
    ENDING("it may not end like this"),
    LATE("it ended too late"),
    STATE("state says something else"),
    LETTER("the dead letters are not right"),
    POISON("a record that is no job"),
    PROCESS("a process");

    final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  @Override
  public String toString() {
    return subject + ": " + kind.words + ": " + words;
  }
}
