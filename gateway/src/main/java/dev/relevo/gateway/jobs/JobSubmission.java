package dev.relevo.gateway.jobs;

import dev.relevo.client.JobClient;
import dev.relevo.client.JobException;
import dev.relevo.client.JobRequest;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.gateway.chat.ChatJob;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.operator.JobRecord;
import dev.relevo.operator.KnownJob;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/** Makes jobs of requests whose answers are asked for later. */
final class JobSubmission {
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final JobClient client;
  private final JobFinder finder;
  private final AnswerReader answers;
  private final InstantSource clock;

  JobSubmission(JobClient client, JobFinder finder, AnswerReader answers, InstantSource clock) {
    this.client = client;
    this.finder = finder;
    this.answers = answers;
    this.clock = clock;
  }

  /** Answers as soon as Kafka has the job. */
  void answer(Exchange exchange) throws InterruptedException {
    ChatJob job = ChatJob.read(exchange, clock.millis());
    String id =
        job.id(1).isPresent() ? once(job, exchange) : post(job.request(clock.millis()).build());
    exchange.answerHeader("Location", JobView.path(id));
    exchange.answerHeader("x-relevo-job-id", id);
    exchange.json(202, JobView.submitted(id));
  }

  private String post(JobRequest request) {
    try {
      return client.post(request).join().id();
    } catch (CompletionException e) {
      if (e.getCause() instanceof JobException why) {
        throw problem(why);
      }
      throw e;
    }
  }

  private static HttpProblem problem(JobException why) {
    String words = String.valueOf(why.getMessage());
    return why.code().equals(FailureCodes.INVALID_REQUEST)
        ? HttpProblem.badRequest("invalid_header", words).about("x-relevo-deadline")
        : HttpProblem.of(503, why.code(), words).retryAfter(AGAIN);
  }

  /**
   * The job of a request that has a name. Two that are sent at once may both be submitted: they
   * have one id, and dispatchers run one of them.
   */
  private String once(ChatJob job, Exchange exchange) throws InterruptedException {
    finder.requireReady();
    for (int generation = 1; generation <= ChatJob.MOST_GENERATIONS; generation++) {
      String id = job.id(generation).orElseThrow();
      Optional<SeenJob> known = finder.find(id);
      if (known.isEmpty()) {
        return post(job.request(clock.millis()).id(id).build());
      }
      requireSame(job, known.get());
      KnownJob written = known.get().known();
      boolean mayHeal =
          written != null && (ChatJob.mayHeal(written) || brokeOff(known.get(), exchange));
      if (!mayHeal) {
        return id;
      }
    }
    throw HttpProblem.of(
            409,
            "idempotency_key_used_up",
            "The job with this Idempotency-Key has failed %d times; use another key to try again."
                .formatted(ChatJob.MOST_GENERATIONS))
        .notToBeRetried();
  }

  /** Whether its answer says that its backend broke it off: to dispatchers it looks like any. */
  private boolean brokeOff(SeenJob job, Exchange exchange) throws InterruptedException {
    return job.status() == JobStatus.SUCCEEDED
        && answers.read(job, Duration.ZERO, exchange) instanceof Answer.Whole whole
        && whole.result().finishReason() == FinishReason.ERROR;
  }

  private static void requireSame(ChatJob job, SeenJob known) {
    JobRecord record = known.record();
    if (record != null && !job.isSame(record.headers(), record.body())) {
      throw HttpProblem.of(
              409,
              "idempotency_key_reused",
              "Another job was submitted with this Idempotency-Key: use a key for one job only.")
          .notToBeRetried();
    }
  }
}
