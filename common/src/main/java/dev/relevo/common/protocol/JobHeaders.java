package dev.relevo.common.protocol;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * What a job's headers ask for (protocol section 2); a missing header has its default.
 *
 * @param replyPlace where the answer goes; null keeps only the outcome
 * @param model model or alias; null means the body's {@code model}
 * @param fallbackModels tried in order when no live backend has the model or it cannot answer; at
 *     most {@link #MAX_FALLBACKS}
 * @param maxWaitMs milliseconds the job may wait to be taken; null means until its deadline
 * @param strategy overrides the routing strategy
 * @param session affinity key for sticky routing
 * @param tenant fairness and quota key, at most {@link #MAX_TENANT_LENGTH} characters
 * @param priority 0 (first) to 9 within a lane
 * @param deadlineMs epoch milliseconds; null means the lane's default after the append time
 * @param failover what may happen when a stream breaks half way
 * @param maxAttempts node attempts before the dead letters, 1 or more; null means the configured
 *     number
 * @param replay the fence of the dead letter to run again
 * @param traceparent W3C trace context
 */
public record JobHeaders(
    @Nullable ReplyPlace replyPlace,
    @Nullable String model,
    List<String> fallbackModels,
    @Nullable Long maxWaitMs,
    @Nullable String strategy,
    @Nullable String session,
    String tenant,
    int priority,
    @Nullable Long deadlineMs,
    Failover failover,
    @Nullable Integer maxAttempts,
    @Nullable Fence replay,
    @Nullable String traceparent) {

  /** More fallback models than anybody needs, few enough to try in turn. */
  public static final int MAX_FALLBACKS = 16;

  /** The tenant of a job that names none. */
  public static final String DEFAULT_TENANT = "default";

  /** The priority of a job that names none. */
  public static final int DEFAULT_PRIORITY = 5;

  /** Characters of a tenant's name, as Java counts them. */
  public static final int MAX_TENANT_LENGTH = 128;

  private static final int LOWEST_PRIORITY = 9;
  private static final int MOST_ATTEMPTS = 100;

  /** All defaults: no reply place, the body's model. */
  public static final JobHeaders DEFAULTS =
      new JobHeaders(
          null,
          null,
          List.of(),
          null,
          null,
          null,
          DEFAULT_TENANT,
          DEFAULT_PRIORITY,
          null,
          Failover.SEAMLESS,
          null,
          null,
          null);

  public JobHeaders {
    fallbackModels = List.copyOf(fallbackModels);
    if (fallbackModels.size() > MAX_FALLBACKS) {
      throw new MalformedRecordException(
          "header "
              + HeaderNames.FALLBACK_MODELS
              + " names "
              + fallbackModels.size()
              + " models, at most "
              + MAX_FALLBACKS
              + " are tried");
    }
    checkTenant(tenant);
    range(priority, 0, LOWEST_PRIORITY, HeaderNames.PRIORITY);
    if (maxAttempts != null) {
      range(maxAttempts, 1, MOST_ATTEMPTS, HeaderNames.MAX_ATTEMPTS);
    }
    if (maxWaitMs != null) {
      range(maxWaitMs, 0, Long.MAX_VALUE, HeaderNames.MAX_WAIT);
    }
    if (deadlineMs != null) {
      range(deadlineMs, 0, Long.MAX_VALUE, HeaderNames.DEADLINE);
    }
  }

  /**
   * Reads a job's headers.
   *
   * @throws MalformedRecordException if a header is broken; the message names the header and the
   *     value
   */
  public static JobHeaders parse(Headers headers) {
    HeaderReader reader = new HeaderReader(headers);
    String topic = reader.text(HeaderNames.REPLY_TOPIC);
    String replay = reader.text(HeaderNames.REPLAY);
    Long maxAttempts = reader.number(HeaderNames.MAX_ATTEMPTS, 1, MOST_ATTEMPTS);
    return new JobHeaders(
        topic == null ? null : place(topic, reader),
        reader.text(HeaderNames.MODEL),
        models(reader.text(HeaderNames.FALLBACK_MODELS)),
        reader.number(HeaderNames.MAX_WAIT, 0, Long.MAX_VALUE),
        reader.text(HeaderNames.STRATEGY),
        reader.text(HeaderNames.SESSION),
        reader.text(HeaderNames.TENANT, DEFAULT_TENANT),
        (int) reader.number(HeaderNames.PRIORITY, 0, LOWEST_PRIORITY, DEFAULT_PRIORITY),
        reader.number(HeaderNames.DEADLINE, 0, Long.MAX_VALUE),
        failover(reader.text(HeaderNames.FAILOVER)),
        maxAttempts == null ? null : maxAttempts.intValue(),
        replay == null ? null : Fence.parse(replay),
        reader.text(HeaderNames.TRACEPARENT));
  }

  /** Writes what differs from the defaults. */
  public void writeTo(Headers headers) {
    if (replyPlace != null) {
      HeaderReader.put(headers, HeaderNames.REPLY_TOPIC, replyPlace.topic());
      HeaderReader.put(headers, HeaderNames.REPLY_PARTITION, replyPlace.partition());
      HeaderReader.put(headers, HeaderNames.REPLY_OFFSET, replyPlace.fromOffset());
    }
    HeaderReader.put(headers, HeaderNames.MODEL, model);
    if (!fallbackModels.isEmpty()) {
      HeaderReader.put(headers, HeaderNames.FALLBACK_MODELS, String.join(",", fallbackModels));
    }
    HeaderReader.put(headers, HeaderNames.MAX_WAIT, maxWaitMs);
    HeaderReader.put(headers, HeaderNames.STRATEGY, strategy);
    HeaderReader.put(headers, HeaderNames.SESSION, session);
    if (!tenant.equals(DEFAULT_TENANT)) {
      HeaderReader.put(headers, HeaderNames.TENANT, tenant);
    }
    if (priority != DEFAULT_PRIORITY) {
      HeaderReader.put(headers, HeaderNames.PRIORITY, priority);
    }
    HeaderReader.put(headers, HeaderNames.DEADLINE, deadlineMs);
    if (failover != Failover.SEAMLESS) {
      HeaderReader.put(headers, HeaderNames.FAILOVER, failover.text());
    }
    HeaderReader.put(headers, HeaderNames.MAX_ATTEMPTS, maxAttempts);
    HeaderReader.put(headers, HeaderNames.REPLAY, replay);
    HeaderReader.put(headers, HeaderNames.TRACEPARENT, traceparent);
  }

  /** The same with a model. */
  public JobHeaders withModel(String model) {
    return with(replyPlace, model, deadlineMs);
  }

  /** The same with a deadline, epoch milliseconds. */
  public JobHeaders withDeadlineMs(long deadlineMs) {
    return with(replyPlace, model, deadlineMs);
  }

  /** The same with a reply place. */
  public JobHeaders withReplyPlace(@Nullable ReplyPlace replyPlace) {
    return with(replyPlace, model, deadlineMs);
  }

  private JobHeaders with(
      @Nullable ReplyPlace newPlace, @Nullable String newModel, @Nullable Long newDeadlineMs) {
    return new JobHeaders(
        newPlace,
        newModel,
        fallbackModels,
        maxWaitMs,
        strategy,
        session,
        tenant,
        priority,
        newDeadlineMs,
        failover,
        maxAttempts,
        replay,
        traceparent);
  }

  private static ReplyPlace place(String topic, HeaderReader reader) {
    return new ReplyPlace(
        topic,
        (int) reader.number(HeaderNames.REPLY_PARTITION, 0, Integer.MAX_VALUE, 0),
        reader.number(HeaderNames.REPLY_OFFSET, 0, Long.MAX_VALUE, 0));
  }

  private static List<String> models(@Nullable String list) {
    return list == null
        ? List.of()
        : Arrays.stream(list.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  private static Failover failover(@Nullable String text) {
    if (text == null) {
      return Failover.SEAMLESS;
    }
    for (Failover failover : Failover.values()) {
      if (failover.text().equals(text.toLowerCase(Locale.ROOT))) {
        return failover;
      }
    }
    throw new MalformedRecordException(
        "header "
            + HeaderNames.FAILOVER
            + " is '"
            + text
            + "', expected seamless, restart or none");
  }

  private static void checkTenant(String tenant) {
    if (tenant.isEmpty() || tenant.length() > MAX_TENANT_LENGTH) {
      throw new MalformedRecordException(
          "header "
              + HeaderNames.TENANT
              + " is "
              + tenant.length()
              + " characters long, expected 1 to "
              + MAX_TENANT_LENGTH);
    }
    if (tenant.chars().anyMatch(Character::isISOControl)) {
      throw new MalformedRecordException(
          "header " + HeaderNames.TENANT + " holds control characters");
    }
  }

  private static void range(long value, long least, long most, String header) {
    if (value < least || value > most) {
      throw new MalformedRecordException(
          "header " + header + " is " + value + ", expected " + least + " to " + most);
    }
  }
}
