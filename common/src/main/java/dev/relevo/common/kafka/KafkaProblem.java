package dev.relevo.common.kafka;

import org.jspecify.annotations.Nullable;

/**
 * Something about Kafka that the user has to know. The message is one sentence or two: what
 * happened, to what, and what to do; it needs no stack trace beside it.
 */
public final class KafkaProblem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  public KafkaProblem(Kind kind, String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
    this.kind = kind;
  }

  /** What kind of problem it is. */
  public Kind kind() {
    return kind;
  }

  /**
   * Says what a failed call to Kafka means.
   *
   * @param cause what the client threw; wrappers such as {@code ExecutionException} are looked
   *     through, and a problem stays what it is
   * @param doing what was tried, as a participle: {@code "creating the topics"}
   * @param bootstrapServers where Kafka was looked for
   */
  public static KafkaProblem of(Throwable cause, String doing, String bootstrapServers) {
    return KafkaErrors.explain(cause, doing, bootstrapServers);
  }

  /** Whether the same call may succeed later without anybody changing anything. */
  public boolean isTransient() {
    return kind == Kind.UNREACHABLE || kind == Kind.TIMEOUT;
  }

  /** What can go wrong. */
  public enum Kind {
    /** Nobody answers at the address. */
    UNREACHABLE,
    /** The address itself is wrong: no such host, no port. */
    BAD_ADDRESS,
    /** A client setting is wrong, or one the protocol fixes. */
    BAD_SETTING,
    /** Kafka does not know us. */
    AUTHENTICATION,
    /** Kafka knows us, and says no. */
    AUTHORIZATION,
    /** Kafka answers, but not in time. */
    TIMEOUT,
    /** The broker is too old. */
    UNSUPPORTED,
    /** A record is larger than its topic takes. */
    TOO_LARGE,
    /** A topic is not there. */
    NO_TOPIC,
    /** A topic is there and breaks a rule of the protocol (section 1). */
    BROKEN_RULE,
    /** Anything else. */
    OTHER
  }
}
