package dev.relevo.launcher.storm;

/**
 * A record on a lane that can never be a job.
 *
 * @param id what it would be called; a record without a key has it in its value
 * @param atMs of the storm's time
 */
record PoisonPlan(String id, int home, String lane, Kind kind, long atMs) {

  /** What is wrong with it. */
  enum Kind {
    NO_KEY("malformed_record"),
    BROKEN_HEADER("malformed_record"),
    NOT_JSON("malformed_record"),
    /** Its model can be read, so that it becomes a job, and a node refuses it. */
    HALF_JSON("invalid_request"),
    FORBIDDEN_PLACE("forbidden_reply_place");

    /** What its dead letter says. */
    final String code;

    Kind(String code) {
      this.code = code;
    }
  }
}
