package dev.relevo.gateway.chat;

import dev.relevo.client.JobRequest;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.operator.KnownJob;
import java.util.Objects;
import java.util.Optional;

/** A chat completion that is asked for as a job: its answer is looked for later. Immutable. */
public final class ChatJob {
  /** So often one {@code Idempotency-Key} is tried anew. */
  public static final int MOST_GENERATIONS = IdempotencyKey.MOST_GENERATIONS;

  /** What a job may have, less what headers take. */
  private static final int MOST_BODY_BYTES = KafkaClients.MAX_JOB_BYTES - (64 << 10);

  private final ChatRequest request;
  private final JobOptions options;
  private final Optional<IdempotencyKey> key;

  private ChatJob(ChatRequest request, JobOptions options, Optional<IdempotencyKey> key) {
    this.request = request;
    this.options = options;
    this.key = key;
  }

  /**
   * Reads body and headers. Where these say nothing the job waits for a node until its deadline.
   *
   * @param nowMs epoch milliseconds
   * @throws HttpProblem 400, 403 or 413 for what is wrong with them
   */
  public static ChatJob read(Exchange exchange, long nowMs) {
    ChatRequest request = ChatRequest.read(exchange.body(MOST_BODY_BYTES));
    JobOptions options =
        JobOptions.read(exchange::header, exchange.principal(), request, null, nowMs);
    return new ChatJob(
        request,
        options,
        IdempotencyKey.read(exchange.header(IdempotencyKey.HEADER), options.headers().tenant()));
  }

  /** The job as it is submitted; without an id. */
  public JobRequest.Builder request(long nowMs) {
    return options.job(request, nowMs);
  }

  /**
   * The id that follows from its {@code Idempotency-Key}; empty without one.
   *
   * @param generation from 1 to {@link #MOST_GENERATIONS}
   */
  public Optional<String> id(int generation) {
    return key.map(it -> it.job(generation));
  }

  /** Whether a job that was submitted before asks for the same. */
  public boolean isSame(JobHeaders headers, byte[] body) {
    return Objects.equals(headers.model(), request.model())
        && headers.fallbackModels().equals(options.headers().fallbackModels())
        && ChatJobs.comparable(body).equals(ChatJobs.comparable(request.body()));
  }

  /** Whether a job has ended, and so that another try may bring it to an answer. */
  public static boolean mayHeal(KnownJob job) {
    SubmittedJobs.Failure failure = KafkaJobs.failure(job);
    return failure != null && JobFailures.mayHeal(failure.code(), failure.words());
  }
}
