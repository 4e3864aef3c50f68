package dev.relevo.gateway.chat;

import dev.relevo.client.JobClient;
import dev.relevo.client.JobException;
import dev.relevo.client.JobHandle;
import dev.relevo.client.JobRequest;
import dev.relevo.client.JobResult;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.gateway.chat.SubmittedJobs.Failure;
import dev.relevo.gateway.chat.SubmittedJobs.Submitted;
import dev.relevo.gateway.http.HttpProblem;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Makes jobs of requests, or finds the job that a request has been made before. Thread-safe. */
final class ChatJobs {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  /** No job has longer before its deadline. */
  private static final Duration LONGEST = Duration.ofDays(7);

  /** What has ended is read as fast as Kafka gives it. */
  private static final Duration READING = Duration.ofSeconds(10);

  /** What the client says of jobs that it does not send. */
  private static final Set<String> REFUSED =
      Set.of(JobException.TOO_MANY_OPEN, FailureCodes.INVALID_REQUEST);

  /** How an answer is handed out is no part of what was asked. */
  private static final List<String> NOT_COMPARED = List.of("stream", "stream_options");

  private final JobClient client;
  private final SubmittedJobs submitted;
  private final Duration noDispatcher;
  private final InstantSource clock;
  private final RecentJobs recent = new RecentJobs();

  /**
   * @param noDispatcher how long after a job's wait is over a dispatcher may take to say so
   */
  ChatJobs(JobClient client, SubmittedJobs submitted, Duration noDispatcher, InstantSource clock) {
    this.noDispatcher = noDispatcher;
    this.client = client;
    this.submitted = submitted;
    this.clock = clock;
  }

  /**
   * How long a node may take to have a job.
   *
   * @param headers its own, whoever submitted it
   * @param ageMs how long it has been there
   */
  private Duration takenWithin(JobHeaders headers, long ageMs) {
    Long asked = headers.maxWaitMs();
    long mostMs = asked == null ? LONGEST.toMillis() : Math.min(asked, LONGEST.toMillis());
    return Duration.ofMillis(Math.max(0, mostMs - Math.max(0, ageMs))).plus(noDispatcher);
  }

  /** A request that nobody can have made before. */
  Source begin(ChatRequest request, JobOptions options) {
    Source.Leaving leaving = options.keepsRunning() ? Source.Leaving.KEEP : Source.Leaving.CANCEL;
    long nowMs = clock.millis();
    return new Source(
        client.submit(options.job(request, nowMs).build()),
        nowMs,
        takenWithin(options.headers(), 0),
        leaving,
        failure -> {});
  }

  /**
   * A request with a name: its job, if it has been made before, or else a new one.
   *
   * @throws HttpProblem 409 when the name stands for another request
   */
  Source begin(IdempotencyKey key, ChatRequest request, JobOptions options)
      throws InterruptedException {
    for (int generation = 1; generation <= IdempotencyKey.MOST_GENERATIONS; generation++) {
      String job = key.job(generation);
      Optional<Submitted> known =
          switch (recent.of(job, clock.millis())) {
            case UNKNOWN -> submitted.find(job);
            case SUBMITTED -> Optional.of(surely(job));
            case DOUBTFUL -> submitted.search(job);
          };
      if (known.isEmpty()) {
        return submit(job, request, options);
      }
      requireSame(known.get(), request, options);
      Optional<Source> standing = standing(job, known.get());
      if (standing.isPresent()) {
        return standing.get();
      }
    }
    throw HttpProblem.of(
            409,
            "idempotency_key_used_up",
            "The request with this %s has failed %d times; use another key to try again."
                .formatted(IdempotencyKey.HEADER, IdempotencyKey.MOST_GENERATIONS))
        .notToBeRetried();
  }

  /** The answer to a job that was made before; empty where it failed and may heal. */
  private Optional<Source> standing(String job, Submitted known) throws InterruptedException {
    Failure failure = known.failure() == null ? recent.failure(job) : known.failure();
    if (failure != null && JobFailures.mayHeal(failure.code(), failure.words())) {
      return Optional.empty();
    }
    Source source = follow(job, known);
    boolean brokeOff = failure == null && known.succeeded() && brokeOff(source.result());
    return brokeOff ? Optional.empty() : Optional.of(source);
  }

  /**
   * Whether an answer that has ended says that its backend broke it off: to dispatchers it looks
   * like any other.
   */
  private static boolean brokeOff(CompletableFuture<JobResult> ended) throws InterruptedException {
    try {
      JobResult result = ended.get(READING.toMillis(), TimeUnit.MILLISECONDS);
      return result.finishReason() == FinishReason.ERROR;
    } catch (ExecutionException | TimeoutException e) {
      // Whoever is answered with it hears of that.
      return false;
    }
  }

  /**
   * The answer to a job that was refused because it had been submitted before.
   *
   * @throws HttpProblem 409 when that was another request
   */
  Source elsewhere(String job, ChatRequest request, JobOptions options)
      throws InterruptedException {
    Submitted known = surely(job);
    requireSame(known, request, options);
    return follow(job, known);
  }

  private Source submit(String job, ChatRequest request, JobOptions options) {
    long nowMs = clock.millis();
    JobRequest asked = options.job(request, nowMs).id(job).build();
    RecentJobs.Note note = recent.submit(job, nowMs).orElseThrow(ChatJobs::inUse);
    JobHandle handle = client.submit(asked);
    var _ =
        handle
            .submitted()
            .exceptionally(failure -> {
              if (!wasRefused(failure)) {
                recent.doubt(job);
              } else {
                recent.withdraw(job, note);
              }
              return null;
            });
    return new Source(
        handle,
        nowMs,
        takenWithin(options.headers(), 0),
        Source.Leaving.KEEP,
        failure -> {
          if (wasRefused(failure)) {
            // Before the caller hears of it, who may come back at once.
            recent.withdraw(job, note);
          }
          noteEnd(job, failure);
        });
  }

  /** Whether the client has not sent it. Of all else Kafka may have it and not have told. */
  private static boolean wasRefused(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof JobException refused
        && refused.position() == JobException.NO_POSITION
        && REFUSED.contains(refused.code());
  }

  private Submitted surely(String job) throws InterruptedException {
    return submitted.search(job).orElseThrow(ChatJobs::inUse);
  }

  private static HttpProblem inUse() {
    return HttpProblem.of(
            409,
            "idempotency_key_in_use",
            "A request with this %s was made a moment ago, and no dispatcher has it yet: ask again."
                .formatted(IdempotencyKey.HEADER))
        .retryAfter(LOOK_AGAIN);
  }

  private Source follow(String job, Submitted known) {
    ReplyPlace place = known.headers().replyPlace();
    if (place == null) {
      throw HttpProblem.of(
              409,
              "idempotency_key_reused",
              "The job of this %s has no place for its answer.".formatted(IdempotencyKey.HEADER))
          .notToBeRetried();
    }
    return new Source(
        client.follow(job, place),
        known.createdMs(),
        takenWithin(known.headers(), clock.millis() - known.createdMs()),
        Source.Leaving.STOP_FOLLOWING,
        failure -> noteEnd(job, failure));
  }

  /** Only what stands in the answer is its end; all else is this process's trouble with it. */
  private void noteEnd(String job, JobException failure) {
    if (failure.position() != JobException.NO_POSITION
        && !failure.code().equals(FailureCodes.ALREADY_SUBMITTED)) {
      recent.fail(job, new Failure(failure.code(), String.valueOf(failure.getMessage())));
    }
  }

  private static void requireSame(Submitted known, ChatRequest request, JobOptions options) {
    boolean same =
        Objects.equals(known.headers().model(), request.model())
            && known.headers().fallbackModels().equals(options.headers().fallbackModels())
            && comparable(known.body()).equals(comparable(request.body()));
    if (!same) {
      throw HttpProblem.of(
              409,
              "idempotency_key_reused",
              "Another request was made with this %s: use a key for one request only."
                  .formatted(IdempotencyKey.HEADER))
          .notToBeRetried();
    }
  }

  static JsonNode comparable(byte[] body) {
    try {
      JsonNode tree = JsonMapper.shared().readTree(body);
      return tree instanceof ObjectNode object ? object.remove(NOT_COMPARED) : tree;
    } catch (JacksonException e) {
      // Somebody else's record with an id of ours.
      return JsonMapper.shared().nullNode();
    }
  }
}
