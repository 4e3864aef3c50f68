package dev.relevo.gateway.jobs;

import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.gateway.http.Principal;
import dev.relevo.gateway.http.Right;
import dev.relevo.operator.FoundJob;
import dev.relevo.operator.KnownJob;
import dev.relevo.operator.LiveJobs;
import dev.relevo.operator.SoughtJob;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;

/** Finds the job that a request is about, if its caller may know of it. */
final class JobFinder {
  /** A gateway that has just started knows all jobs within this, or asks to come again. */
  private static final Duration STARTING = Duration.ofSeconds(5);

  private static final int MOST_ID_LENGTH = 128;

  private final LiveJobs jobs;

  JobFinder(LiveJobs jobs) {
    this.jobs = jobs;
  }

  /**
   * The job of the path's {@code id}.
   *
   * @throws HttpProblem 404 when there is none, or it is another tenant's: who asks learns nothing
   *     of which; 503 when nobody knows yet
   */
  SeenJob of(Exchange exchange) throws InterruptedException {
    requireReady();
    String id = exchange.pathParameter("id");
    return find(id)
        .filter(job -> mayKnow(exchange.principal(), job))
        .orElseThrow(() ->
            HttpProblem.notFound(
                "job_not_found",
                "There is no job %s, or it ended so long ago that nothing is known of it any more."
                    .formatted(id)));
  }

  /**
   * Waits a little until it knows all jobs there are.
   *
   * @throws HttpProblem 503 when that takes longer
   */
  void requireReady() throws InterruptedException {
    if (!jobs.awaitReady(STARTING)) {
      throw HttpProblem.of(
              503,
              "starting",
              jobs.complaint().orElse("The gateway has not read yet which jobs there are."))
          .retryAfter(STARTING);
    }
  }

  /** A job by its id, whoever asks; of several with that id the one that has not ended. */
  Optional<SeenJob> find(String id) throws InterruptedException {
    if (id.isEmpty() || id.length() > MOST_ID_LENGTH) {
      return Optional.empty();
    }
    SoughtJob sought = jobs.seek(id);
    return sought.written().stream()
        .min(Comparator.comparing(FoundJob::job, KnownJob.NEWEST_FIRST))
        .map(SeenJob::of)
        .or(() -> sought.waiting().map(SeenJob::waiting));
  }

  private static boolean mayKnow(Principal who, SeenJob job) {
    return who.may(Right.OPERATE) || who.tenant().equals(job.tenant());
  }
}
