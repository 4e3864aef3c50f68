package dev.relevo.common.protocol;

/**
 * The codes of failures that Relevo itself reports; a backend's own codes are passed on as they
 * are.
 */
public final class FailureCodes {
  /** The caller's fault: the backend refused the request, another node would too. */
  public static final String INVALID_REQUEST = "invalid_request";

  /** The backend's filter stopped the answer. */
  public static final String CONTENT_FILTER = "content_filter";

  /** Nobody took the job within {@code relevo-max-wait}. */
  public static final String NO_WORKERS_AVAILABLE = "no_workers_available";

  /** The job's deadline has passed. */
  public static final String DEADLINE_EXCEEDED = "deadline_exceeded";

  /** Every allowed attempt failed or was lost. */
  public static final String ATTEMPTS_EXHAUSTED = "attempts_exhausted";

  /** A stream broke half way and the job's failover forbids what would be needed to go on. */
  public static final String STREAM_BROKEN = "stream_broken";

  /**
   * The record cannot be read: no key, a broken header, a body that is no JSON where it must be.
   */
  public static final String MALFORMED_RECORD = "malformed_record";

  /** The reply place's name is not one that is obeyed. */
  public static final String FORBIDDEN_REPLY_PLACE = "forbidden_reply_place";

  /** The same job is answered elsewhere; the message names the place. */
  public static final String ALREADY_SUBMITTED = "already_submitted";

  /** A backend, or the way to it, failed; another attempt may succeed. */
  public static final String BACKEND_ERROR = "backend_error";

  /**
   * No backend of the node could take the job when its turn came: nothing was tried, no attempt is
   * used up.
   */
  public static final String BACKEND_BUSY = "backend_busy";

  /**
   * The request is too long for the model that {@code finished} names; one of the job's fallback
   * models, which the node cannot ask, may have room. No attempt is used up.
   */
  public static final String CONTEXT_TOO_LONG = "context_too_long";

  /** The node died, froze or was restarted while it had the job. */
  public static final String NODE_LOST = "node_lost";

  /** The job's record was deleted from its lane before it could be read again. */
  public static final String RECORD_GONE = "record_gone";

  /** A dead letter was run again into a reply place that went before it could be answered. */
  public static final String REPLY_GONE = "reply_gone";

  private FailureCodes() {}
}
