package dev.relevo.gateway.jobs;

import dev.relevo.client.JobClient;
import dev.relevo.client.JobException;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.gateway.http.ErrorShape;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.gateway.http.Right;
import dev.relevo.gateway.http.Route;
import dev.relevo.operator.KnownJob;
import dev.relevo.operator.LiveJobs;
import io.helidon.http.Method;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletionException;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code POST /v1/jobs} and {@code /v1/jobs/{id}}: submits a job, looks at it, hands its answer out
 * as it comes, and stops it. All that is told comes from Kafka, so any gateway tells the same of
 * every job, whoever submitted it.
 */
public final class JobRoutes {
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final JobClient client;
  private final JobFinder finder;
  private final AnswerReader answers;
  private final JobView view;
  private final JobStream stream;
  private final JobSubmission submission;

  /**
   * @param client submits and stops jobs, and reads answers
   * @param jobs knows where jobs are
   * @param topics the names of the topics
   */
  public JobRoutes(JobClient client, LiveJobs jobs, TopicNames topics) {
    this(client, jobs, topics, KEEP_ALIVE);
  }

  JobRoutes(JobClient client, LiveJobs jobs, TopicNames topics, Duration keepAlive) {
    this.client = client;
    this.finder = new JobFinder(jobs);
    this.answers = new AnswerReader(client);
    this.view = new JobView(topics);
    this.stream = new JobStream(client, keepAlive);
    this.submission = new JobSubmission(client, finder, answers, InstantSource.system());
  }

  /** What is answered. */
  public List<Route> routes() {
    return List.of(
        route(Method.POST, "/v1/jobs", Right.CHAT, submission::answer),
        route(Method.GET, "/v1/jobs/{id}", Right.EITHER, this::show),
        route(Method.GET, "/v1/jobs/{id}/stream", Right.EITHER, this::stream),
        route(Method.DELETE, "/v1/jobs/{id}", Right.EITHER, this::cancel));
  }

  private static Route route(Method method, String path, Right right, Route.Handler handler) {
    return new Route(
        method,
        path,
        right,
        ErrorShape.PROBLEM,
        exchange -> {
          try {
            handler.handle(exchange);
          } catch (KafkaProblem e) {
            throw HttpProblem.of(503, "kafka_unavailable", String.valueOf(e.getMessage()))
                .retryAfter(AGAIN);
          }
        });
  }

  private void show(Exchange exchange) throws InterruptedException {
    Duration wait = WaitParameter.read(exchange.query("wait"));
    long untilNanos = System.nanoTime() + wait.toNanos();
    SeenJob job = finder.of(exchange);
    Answer answer = answers.read(job, wait, exchange);
    boolean waits = !wait.isZero() && !job.hasEnded();
    while (waits) {
      // Much may have happened to it meanwhile; and where its answer tells no end, state does.
      job = finder.find(job.id()).orElse(job);
      if (job.hasEnded() && answer.status() == null) {
        answer = answers.read(job, Duration.ZERO, exchange);
      }
      waits = !job.hasEnded() && answer.status() == null && AnswerReader.rest(untilNanos, exchange);
    }
    exchange.json(200, view.of(job, answer));
  }

  private void stream(Exchange exchange) throws InterruptedException {
    stream.answer(finder.of(exchange), exchange);
  }

  private void cancel(Exchange exchange) throws InterruptedException {
    SeenJob job = finder.of(exchange);
    if (job.hasEnded() && job.status() != JobStatus.CANCELLED) {
      throw HttpProblem.of(
          409,
          "job_ended",
          "Job %s has ended and cannot be stopped: it is %s."
              .formatted(job.id(), KnownJob.word(job.status())));
    }
    if (!job.hasEnded()) {
      try {
        client.cancel(job.id(), "asked for over HTTP").join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof JobException why) {
          throw HttpProblem.of(503, why.code(), String.valueOf(why.getMessage())).retryAfter(AGAIN);
        }
        throw e;
      }
    }
    exchange.json(
        202,
        JsonMapper.shared()
            .createObjectNode()
            .put("id", job.id())
            .put("state", KnownJob.word(job.status()))
            .put("cancelling", !job.hasEnded()));
  }
}
