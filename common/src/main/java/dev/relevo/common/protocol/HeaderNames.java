package dev.relevo.common.protocol;

/** The names of all record headers (protocol sections 2 to 4). */
public final class HeaderNames {
  public static final String REPLY_TOPIC = "relevo-reply-topic";
  public static final String REPLY_PARTITION = "relevo-reply-partition";
  public static final String REPLY_OFFSET = "relevo-reply-offset";
  public static final String MODEL = "relevo-model";
  public static final String FALLBACK_MODELS = "relevo-fallback-models";
  public static final String MAX_WAIT = "relevo-max-wait";
  public static final String STRATEGY = "relevo-strategy";
  public static final String SESSION = "relevo-session";
  public static final String TENANT = "relevo-tenant";
  public static final String PRIORITY = "relevo-priority";
  public static final String DEADLINE = "relevo-deadline";
  public static final String FAILOVER = "relevo-failover";
  public static final String MAX_ATTEMPTS = "relevo-max-attempts";
  public static final String REPLAY = "relevo-replay";
  public static final String TRACEPARENT = "traceparent";

  /** On assignments, events and reply records: {@code home.epoch.attempt}. */
  public static final String FENCE = "relevo-fence";

  /** On assignments: the job's home partition. */
  public static final String HOME = "relevo-home";

  /** On assignments: the only node that obeys it. */
  public static final String NODE = "relevo-node";

  /** On assignments: the only incarnation of that node that obeys it. */
  public static final String INCARNATION = "relevo-incarnation";

  /** On assignments: {@code true} when no other attempt can have written to the reply place. */
  public static final String FIRST = "relevo-first";

  /**
   * On assignments: where the job's first {@code started} stands, once an {@code accepted} has told
   * it.
   */
  public static final String STARTED_OFFSET = "relevo-started-offset";

  /**
   * On assignments of a replay: when its lane took the record, epoch milliseconds. A cancel from
   * before does not mean it.
   */
  public static final String REPLAYED_AT = "relevo-replayed-at";

  /** On assignments: which attempt of the job it is, from 1. */
  public static final String ATTEMPT = "relevo-attempt";

  /** On state records that forget a job, whose value is null: the writer's epoch. */
  public static final String EPOCH = "relevo-epoch";

  /** On dead letters: why it lies there, as JSON. */
  public static final String DEAD = "relevo-dead";

  private HeaderNames() {}
}
