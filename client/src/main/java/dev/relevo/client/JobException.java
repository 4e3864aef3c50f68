package dev.relevo.client;

import org.jspecify.annotations.Nullable;

/** A job did not come to an answer. The message says what happened and what to do. */
public final class JobException extends RuntimeException {
  /** Somebody cancelled the job. */
  public static final String CANCELLED = "cancelled";

  /** Kafka did not confirm the job; it does not run, unless only the confirmation was lost. */
  public static final String NOT_SUBMITTED = "not_submitted";

  /** The answer could not be read; the job may run on. */
  public static final String UNREADABLE = "replies_unreadable";

  /** No end of the answer came until the deadline and a minute; is a dispatcher running? */
  public static final String NO_ANSWER = "no_answer";

  /** The client was closed before the end of the answer; the job runs on. */
  public static final String CLIENT_CLOSED = "client_closed";

  /** As many jobs are open as the client allows. */
  public static final String TOO_MANY_OPEN = "too_many_open_jobs";

  /** A job with this id is open in this client already. */
  public static final String ALREADY_OPEN = "already_open";

  /** The answer is longer than the client keeps. */
  public static final String ANSWER_TOO_LONG = "answer_too_long";

  /** A text stream cannot show that the answer began anew. */
  public static final String RESTARTED = "stream_restarted";

  /** The waiting thread was interrupted. */
  public static final String INTERRUPTED = "interrupted";

  /** The client follows as many answers as it allows. */
  public static final String TOO_MANY_FOLLOWED = "too_many_followed";

  /** The reply place to follow does not exist. */
  public static final String NO_SUCH_REPLY = "no_such_reply";

  /** The reply place that was followed is gone, or the answer's beginning in it. */
  public static final String REPLY_DELETED = "reply_deleted";

  /** The reply place ends before the position after which it was to be followed. */
  public static final String NO_SUCH_POSITION = "no_such_position";

  /** The position of a failure that no record told of. */
  public static final long NO_POSITION = -1;

  private static final long serialVersionUID = 1L;

  private final String code;
  private final long position;

  public JobException(String code, String message) {
    this(code, message, null);
  }

  public JobException(String code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.position = NO_POSITION;
  }

  /**
   * A failure that the answer's own end tells of.
   *
   * @param position the offset of that record
   */
  public JobException(String code, String message, long position) {
    super(message);
    this.code = code;
    this.position = position;
  }

  /** One of the constants here, of {@code FailureCodes}, or a backend's own code. */
  public String code() {
    return code;
  }

  /**
   * The offset of the record that ended the answer, in its reply place; {@link #NO_POSITION} when
   * none did: then the answer may yet end otherwise.
   */
  public long position() {
    return position;
  }
}
