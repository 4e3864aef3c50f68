package dev.relevo.client;

import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.common.protocol.Lane;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A job as a producer wants it (protocol section 2). Immutable.
 *
 * <p>The body is an OpenAI chat-completions request, given whole or built from messages; everything
 * else stands in headers, with the protocol's defaults.
 */
public final class JobRequest {
  private static final Duration STANDARD_DEADLINE = Duration.ofMinutes(15);
  private static final Duration BATCH_DEADLINE = Duration.ofHours(24);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final @Nullable String id;
  private final Lane lane;
  private final byte[] body;
  private final JobHeaders headers;
  private final @Nullable Duration deadline;

  private JobRequest(Builder builder, byte[] body, JobHeaders headers) {
    this.id = builder.id;
    this.lane = builder.lane;
    this.body = body;
    this.headers = headers;
    this.deadline = builder.deadline;
  }

  /** A job for a conversation, all else by default. */
  public static JobRequest of(List<ChatMessage> messages) {
    return messages(messages).build();
  }

  /** A job for a conversation. */
  public static Builder messages(List<ChatMessage> messages) {
    return new Builder(List.copyOf(messages), null);
  }

  /** A job with an OpenAI request body as UTF-8 JSON, sent unchanged. */
  public static Builder body(byte[] openAiRequest) {
    return new Builder(List.of(), openAiRequest.clone());
  }

  /** A job with an OpenAI request body as JSON text, sent unchanged. */
  public static Builder body(String openAiRequest) {
    return new Builder(List.of(), openAiRequest.getBytes(StandardCharsets.UTF_8));
  }

  @Nullable String id() {
    return id;
  }

  Lane lane() {
    return lane;
  }

  byte[] bytes() {
    return body;
  }

  JobHeaders headers() {
    return headers;
  }

  @Nullable Duration deadline() {
    return deadline;
  }

  /** Its deadline, or the lane's where it names none. */
  Duration timeAllowed() {
    if (deadline != null) {
      return deadline;
    }
    return lane == Lane.BATCH ? BATCH_DEADLINE : STANDARD_DEADLINE;
  }

  /** Collects what a job asks for; a method not called leaves the protocol's default. */
  public static final class Builder {
    private final List<ChatMessage> messages;
    private final byte @Nullable [] body;
    private final Map<String, Object> options = new LinkedHashMap<>();
    private final List<String> fallbackModels = new ArrayList<>();
    private @Nullable String id;
    private Lane lane = Lane.JOBS;
    private @Nullable String model;
    private @Nullable Duration maxWait;
    private @Nullable String strategy;
    private @Nullable String session;
    private String tenant = JobHeaders.DEFAULT_TENANT;
    private int priority = JobHeaders.DEFAULT_PRIORITY;
    private @Nullable Duration deadline;
    private Failover failover = Failover.SEAMLESS;
    private @Nullable Integer maxAttempts;
    private @Nullable Fence replay;
    private @Nullable String traceparent;

    private Builder(List<ChatMessage> messages, byte @Nullable [] body) {
      this.messages = messages;
      this.body = body;
    }

    /** The job's id, for idempotent submits; a fresh UUIDv7 by default. */
    public Builder id(String id) {
      this.id = JobIds.check(id);
      return this;
    }

    /** The lane; {@link Lane#BATCH} for bulk work that may wait. */
    public Builder lane(Lane lane) {
      this.lane = lane;
      return this;
    }

    /** Model or alias; in the header, and in a body built from messages. */
    public Builder model(String model) {
      this.model = model;
      return this;
    }

    /** Models to try in order when no live backend has the first, at most 16. */
    public Builder fallbackModels(List<String> models) {
      this.fallbackModels.addAll(models);
      return this;
    }

    /**
     * A field of a body built from messages, such as {@code temperature} or {@code max_tokens}.
     *
     * @throws IllegalStateException if the body was given whole
     */
    public Builder option(String name, Object value) {
      if (body != null) {
        throw new IllegalStateException(
            "option '" + name + "' does not fit a body that was given whole: put it in there");
      }
      options.put(name, value);
      return this;
    }

    /** The longest wait to be taken by a node; then it fails with {@code no_workers_available}. */
    public Builder maxWait(Duration maxWait) {
      this.maxWait = maxWait;
      return this;
    }

    /** Overrides the configured routing strategy. */
    public Builder strategy(String strategy) {
      this.strategy = strategy;
      return this;
    }

    /** Affinity key for sticky routing. */
    public Builder session(String session) {
      this.session = session;
      return this;
    }

    /** Fairness and quota key. */
    public Builder tenant(String tenant) {
      this.tenant = tenant;
      return this;
    }

    /** 0 (first) to 9 within the lane. */
    public Builder priority(int priority) {
      this.priority = priority;
      return this;
    }

    /**
     * Time from submit until the job is stopped; 15 minutes by default, in the batch lane a day.
     */
    public Builder deadline(Duration deadline) {
      if (!deadline.isPositive()) {
        throw new IllegalArgumentException("deadline is not positive: " + deadline);
      }
      this.deadline = deadline;
      return this;
    }

    /** What may happen when the stream breaks half way. */
    public Builder failover(Failover failover) {
      this.failover = failover;
      return this;
    }

    /** Node attempts before the dead letters, 1 to 100. */
    public Builder maxAttempts(int maxAttempts) {
      this.maxAttempts = maxAttempts;
      return this;
    }

    /** The fence of the dead letter to run again. */
    public Builder replay(Fence replay) {
      this.replay = replay;
      return this;
    }

    /** W3C trace context. */
    public Builder traceparent(String traceparent) {
      this.traceparent = traceparent;
      return this;
    }

    /**
     * The job.
     *
     * @throws dev.relevo.common.protocol.MalformedRecordException if a value is out of its range
     */
    public JobRequest build() {
      JobHeaders headers =
          new JobHeaders(
              null,
              model,
              fallbackModels,
              maxWait == null ? null : maxWait.toMillis(),
              strategy,
              session,
              tenant,
              priority,
              null,
              failover,
              maxAttempts,
              replay,
              traceparent);
      return new JobRequest(this, body == null ? encode() : body, headers);
    }

    private byte[] encode() {
      Map<String, Object> request = new LinkedHashMap<>();
      if (model != null) {
        request.put("model", model);
      }
      request.put("messages", messages);
      request.putAll(options);
      return JSON.writeValueAsBytes(request);
    }
  }
}
