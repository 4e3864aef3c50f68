package dev.relevo.gateway.chat;

import dev.relevo.client.JobException;
import dev.relevo.client.JobResult;
import dev.relevo.client.ReplyChunk;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.gateway.http.CallerGoneException;
import dev.relevo.gateway.http.EventStream;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.gateway.http.ProblemBody;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Hands an answer out. Each request has its own thread, which waits here: for the job, and for its
 * caller to go, which ends the job.
 */
final class Answering {
  private static final String DONE = "[DONE]";

  private final Duration keepAlive;

  Answering(Duration keepAlive) {
    this.keepAlive = keepAlive;
  }

  /** Where the answer is when the job turns out to have been submitted before. */
  @FunctionalInterface
  interface Elsewhere {
    Source of(String job) throws InterruptedException;
  }

  /**
   * What is asked.
   *
   * @param model what a stream tells, which begins before it is known who answers
   * @param elsewhere where to look for a job that was submitted before; empty for one that cannot
   *     have been
   * @param beganNanos when the request came
   */
  record Asked(
      Exchange exchange,
      ChatRequest request,
      String model,
      Optional<Elsewhere> elsewhere,
      long beganNanos) {
    private void tellProcessing() {
      long nanos = System.nanoTime() - beganNanos;
      exchange.answerHeader(
          "openai-processing-ms", Long.toString(TimeUnit.NANOSECONDS.toMillis(nanos)));
    }

    private boolean mayBeElsewhere(JobException failure) {
      return elsewhere.isPresent() && failure.code().equals(FailureCodes.ALREADY_SUBMITTED);
    }
  }

  /**
   * Answers.
   *
   * @throws HttpProblem when there is no answer, and nothing was handed out yet
   * @throws CallerGoneException when there is nobody to be answered
   */
  void answer(Asked asked, Source source) throws InterruptedException {
    asked.exchange().answerHeader("x-relevo-job-id", source.handle().id());
    if (asked.request().isStreamed()) {
      stream(asked, source);
    } else {
      whole(asked, source);
    }
  }

  private void whole(Asked asked, Source first) throws InterruptedException {
    Source source = first;
    JobResult result;
    try {
      result = await(source.result(), source, asked.exchange());
    } catch (JobException e) {
      if (!asked.mayBeElsewhere(e)) {
        throw told(e, source);
      }
      source = asked.elsewhere().orElseThrow().of(source.handle().id());
      result = awaitAgain(source, asked.exchange());
    }
    tellWho(asked.exchange(), result, source.handle().node());
    asked.tellProcessing();
    try {
      asked.exchange().json(200, WholeAnswer.of(source.stamp(), WholeAnswer.requireWhole(result)));
    } catch (JobException e) {
      throw told(e, source);
    }
  }

  private static JobResult awaitAgain(Source source, Exchange exchange) {
    try {
      return await(source.result(), source, exchange);
    } catch (JobException e) {
      throw told(e, source);
    }
  }

  /** Errors carry the job's id as well: it is what to ask an operator about. */
  private static HttpProblem told(JobException failure, Source source) {
    source.fail(failure);
    return JobFailures.problem(failure).with("x-relevo-job-id", source.handle().id());
  }

  private static void tellWho(Exchange exchange, JobResult result, @Nullable String node) {
    tellName(exchange, "x-relevo-node", node);
    tellName(exchange, "x-relevo-backend", result.backend());
    exchange.answerHeader("x-relevo-attempts", Integer.toString(result.attempts()));
  }

  /** Headers are ASCII, and names need not be. */
  private static void tellName(Exchange exchange, String header, @Nullable String name) {
    if (name != null && name.chars().allMatch(character -> character >= ' ' && character <= '~')) {
      exchange.answerHeader(header, name);
    }
  }

  /** Waits for something of a job that a node takes in time, or for its caller to go. */
  private static <T> T await(CompletableFuture<T> wanted, Source source, Exchange exchange) {
    CompletableFuture<Void> gone = exchange.callerGone();
    CompletableFuture<Void> late = new CompletableFuture<>();
    var _ = source.handle().submitted().thenRun(() -> expire(late, source.takenWithin()));
    try {
      CompletableFuture.anyOf(wanted, gone, late).join();
      if (late.isDone() && !wanted.isDone() && !gone.isDone()) {
        if (!source.isTaken()) {
          throw source.forgotten();
        }
        CompletableFuture.anyOf(wanted, gone).join();
      }
    } catch (CompletionException e) {
      throw failure(e);
    } finally {
      gone.cancel(false);
      late.cancel(false);
    }
    if (!wanted.isDone()) {
      source.leave();
      throw new CallerGoneException(
          "the caller went while job %s ran".formatted(source.handle().id()));
    }
    return wanted.join();
  }

  /** Nothing where it is done: then nobody waits any more. */
  private static void expire(CompletableFuture<Void> late, Duration within) {
    var _ = late.completeOnTimeout(null, within.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static JobException failure(CompletionException e) {
    return e.getCause() instanceof JobException known
        ? known
        : new JobException(JobException.UNREADABLE, String.valueOf(e.getCause()), e);
  }

  private void stream(Asked asked, Source source) throws InterruptedException {
    try {
      // From here on the job will end in one way or another, and the model may take its time.
      var _ = await(source.handle().submitted().thenApply(done -> true), source, asked.exchange());
    } catch (JobException e) {
      throw told(e, source);
    }
    asked.tellProcessing();
    try (EventStream events = asked.exchange().events()) {
      new Streaming(asked, source, events).run();
    }
  }

  /** One stream, whose headers have gone out. */
  private final class Streaming {
    private final Asked asked;
    private final EventStream events;
    private final ChunkedAnswer answer;
    private Source source;
    private Arrivals arrivals;
    private long beganNanos = System.nanoTime();
    private boolean over;

    Streaming(Asked asked, Source source, EventStream events) {
      this.asked = asked;
      this.source = source;
      this.events = events;
      this.answer =
          new ChunkedAnswer(source.stamp(), asked.model(), asked.request().includesUsage());
      this.arrivals = Arrivals.of(source.handle(), asked.exchange().callerGone());
    }

    void run() throws InterruptedException {
      try {
        events.comment("job " + source.handle().id());
        while (!over) {
          Optional<Arrivals.Arrival> arrival = arrivals.next(patience());
          if (arrival.isPresent()) {
            take(arrival.get());
          } else if (lateInNanos() <= 0 && !source.isTaken()) {
            failed(source.forgotten());
          } else {
            events.comment("keep-alive");
          }
        }
      } catch (HttpProblem e) {
        over = true;
        tell(e);
      } finally {
        arrivals.stop();
        // Of a gateway that stops the jobs run on.
        if (!over && !asked.exchange().isStopping()) {
          source.leave();
        }
      }
    }

    private long lateInNanos() {
      return source.takenWithin().toNanos() - (System.nanoTime() - beganNanos);
    }

    private Duration patience() {
      long lateInNanos = lateInNanos();
      return lateInNanos <= 0 || lateInNanos > keepAlive.toNanos()
          ? keepAlive
          : Duration.ofNanos(lateInNanos);
    }

    private void take(Arrivals.Arrival arrival) throws InterruptedException {
      switch (arrival) {
        case Arrivals.Arrival.Chunk chunk -> take(chunk.chunk());
        case Arrivals.Arrival.End _ -> end();
        case Arrivals.Arrival.Failed failed -> fail(failed.failure());
        case Arrivals.Arrival.CallerGone _ ->
            throw new CallerGoneException(
                "the caller went while job %s ran".formatted(source.handle().id()));
      }
    }

    private void take(ReplyChunk chunk) {
      switch (chunk) {
        case ReplyChunk.Piece piece -> send(answer.piece(piece));
        case ReplyChunk.Restart _ -> {
          // What was handed out cannot be taken back.
          if (answer.hasBegun()) {
            source.leave();
            over = true;
            tell(
                JobFailures.problem(
                    JobException.RESTARTED,
                    "The answer of job %s began anew on another node, which a stream cannot show."
                        .formatted(source.handle().id())));
          }
        }
      }
    }

    private void end() {
      // The job is over: whoever goes now cancels nothing.
      over = true;
      List<ObjectNode> last;
      try {
        last = answer.end(WholeAnswer.requireWhole(source.result().join()));
      } catch (JobException e) {
        failed(e);
        return;
      } catch (CompletionException e) {
        failed(failure(e));
        return;
      }
      send(last);
      events.data(DONE);
    }

    private void fail(JobException failure) throws InterruptedException {
      if (asked.mayBeElsewhere(failure) && source.leaving() != Source.Leaving.STOP_FOLLOWING) {
        source = asked.elsewhere().orElseThrow().of(source.handle().id());
        arrivals = Arrivals.of(source.handle(), asked.exchange().callerGone());
        beganNanos = System.nanoTime();
        return;
      }
      failed(failure);
    }

    private void failed(JobException failure) {
      over = true;
      source.fail(failure);
      tell(JobFailures.problem(failure));
    }

    private void tell(HttpProblem problem) {
      events.data(JsonMapper.shared().writeValueAsBytes(ProblemBody.openAi(problem)));
    }

    private void send(List<ObjectNode> chunks) {
      chunks.forEach(chunk -> events.data(JsonMapper.shared().writeValueAsBytes(chunk)));
    }
  }
}
