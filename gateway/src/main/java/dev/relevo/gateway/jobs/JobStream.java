package dev.relevo.gateway.jobs;

import dev.relevo.client.JobClient;
import dev.relevo.client.JobException;
import dev.relevo.client.JobHandle;
import dev.relevo.client.JobResult;
import dev.relevo.client.ReplyChunk;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.gateway.http.CallerGoneException;
import dev.relevo.gateway.http.EventStream;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A job's answer as server-sent events. An event's id is the position of what it tells in the job's
 * reply place, so any gateway goes on after it. Who reads waits for nobody and is waited for by
 * nobody: a slow one is given more in one event, and one that goes away only stops to follow.
 */
final class JobStream {
  /** A gateway that ends is replaced, or another one is asked, within this. */
  private static final Duration RETRY = Duration.ofSeconds(1);

  private static final Duration LOOKING = Duration.ofSeconds(10);
  private static final long BEGINNING = -1;
  private static final JsonMapper JSON = JsonMapper.shared();

  private final JobClient client;
  private final Duration keepAlive;

  /**
   * @param keepAlive how long a stream is silent before a comment keeps the line open
   */
  JobStream(JobClient client, Duration keepAlive) {
    this.client = client;
    this.keepAlive = keepAlive;
  }

  /**
   * Answers with the stream.
   *
   * @throws HttpProblem 400 for a position that is none of the job's, 410 when its answer is gone
   */
  void answer(SeenJob job, Exchange exchange) throws InterruptedException {
    ReplyPlace place = job.place();
    if (place == null) {
      throw gone("Job " + job.id() + " asked for no answer, or nobody knows where it went.");
    }
    long after = lastEventId(exchange, place);
    JobHandle handle = client.follow(job.id(), place, after);
    try {
      await(handle.submitted(), job);
      if (job.hasEnded() && await(ended(handle), job) <= after) {
        // Whoever has seen the end needs not come again: browsers' readers stop at this.
        exchange.empty(204);
        return;
      }
      stream(handle, after, exchange);
    } finally {
      handle.stopFollowing();
    }
  }

  private static long lastEventId(Exchange exchange, ReplyPlace place) {
    String id =
        exchange.header("Last-Event-ID").or(() -> exchange.query("last_event_id")).orElse("");
    if (id.isEmpty()) {
      return BEGINNING;
    }
    long position;
    try {
      position = Long.parseLong(id);
    } catch (NumberFormatException e) {
      throw noSuchEvent(id, "an event of this stream has a number for its id");
    }
    if (position < place.fromOffset()) {
      throw noSuchEvent(id, "the ids of this stream begin at " + place.fromOffset());
    }
    return position;
  }

  private static HttpProblem noSuchEvent(String id, String why) {
    return HttpProblem.badRequest(
            "no_such_event", "Last-Event-ID is '%s', and %s.".formatted(id, why))
        .about("Last-Event-ID");
  }

  private static HttpProblem gone(String words) {
    return HttpProblem.of(410, "answer_gone", words);
  }

  /** Where the answer has ended. */
  private static CompletableFuture<Long> ended(JobHandle handle) {
    return handle
        .result()
        .handle((whole, failure) -> {
          if (whole != null) {
            return whole.position();
          }
          JobException why = failureOf(failure);
          if (why.position() == JobException.NO_POSITION) {
            throw why;
          }
          return why.position();
        });
  }

  private static JobException failureOf(@Nullable Throwable failure) {
    Throwable cause = failure;
    while (cause != null && !(cause instanceof JobException)) {
      cause = cause.getCause();
    }
    if (cause instanceof JobException why) {
      return why;
    }
    throw new IllegalStateException("an answer ended without a reason", failure);
  }

  private static <T> T await(CompletableFuture<T> future, SeenJob job) throws InterruptedException {
    try {
      return future.get(LOOKING.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw HttpProblem.of(
              503,
              "kafka_slow",
              "Kafka did not tell of the answer of job " + job.id() + " in time.")
          .retryAfter(RETRY);
    } catch (ExecutionException e) {
      throw problem(failureOf(e), job);
    }
  }

  private static HttpProblem problem(JobException why, SeenJob job) {
    String words = String.valueOf(why.getMessage());
    return switch (why.code()) {
      case JobException.NO_SUCH_REPLY, JobException.REPLY_DELETED -> gone(words);
      case JobException.NO_SUCH_POSITION ->
          HttpProblem.badRequest("no_such_event", words).about("Last-Event-ID");
      default -> AnswerTrouble.problem(why, job.id());
    };
  }

  private void stream(JobHandle handle, long after, Exchange exchange) throws InterruptedException {
    ChunkFeed feed = new ChunkFeed();
    CompletableFuture<Void> woken =
        CompletableFuture.anyOf(exchange.callerGone(), exchange.stopping()).thenRun(feed::end);
    handle.chunks().subscribe(feed);
    try (EventStream events = exchange.events()) {
      events.retry(RETRY);
      while (true) {
        switch (feed.next(keepAlive)) {
          case null -> events.comment("keep-alive");
          case ChunkFeed.Signal.Chunk next -> write(next.chunk(), events);
          case ChunkFeed.Signal.End end -> {
            if (exchange.isCallerGone()) {
              throw new CallerGoneException("it reads job " + handle.id() + " no longer");
            }
            // Who reads goes on at another gateway, or at the next one here.
            if (!exchange.isStopping()) {
              writeEnd(handle, after, events);
            }
            return;
          }
        }
      }
    } finally {
      woken.cancel(false);
    }
  }

  private static void write(ReplyChunk chunk, EventStream events) {
    ObjectNode data = JSON.createObjectNode();
    switch (chunk) {
      case ReplyChunk.Piece piece -> {
        data.put("seq", piece.toSeq()).put("index", piece.index());
        if (piece.fromSeq() != piece.toSeq()) {
          data.put("from_seq", piece.fromSeq());
        }
        data.set("delta", JSON.valueToTree(piece.delta()));
        event(events, piece.position(), "chunk", data);
      }
      case ReplyChunk.Restart restart ->
          event(events, restart.position(), "restart", data.put("from_seq", restart.fromSeq()));
    }
  }

  /** What the answer ended with; nothing where only this reading of it has ended. */
  private static void writeEnd(JobHandle handle, long after, EventStream events)
      throws InterruptedException {
    ObjectNode data = JSON.createObjectNode();
    try {
      JobResult whole = handle.result().get(LOOKING.toMillis(), TimeUnit.MILLISECONDS);
      data.set("finish_reason", JSON.valueToTree(whole.finishReason()));
      if (whole.usage() != null) {
        data.set("usage", JSON.valueToTree(whole.usage()));
      }
      data.put("model", whole.model()).put("backend", whole.backend());
      data.put("attempts", whole.attempts());
      end(events, after, whole.position(), "done", data);
    } catch (ExecutionException e) {
      JobException why = failureOf(e);
      if (why.code().equals(JobException.ANSWER_TOO_LONG)) {
        // It was given whole: only all of it at once was too much.
        end(events, after, why.position(), "done", data);
      } else if (why.code().equals(JobException.CANCELLED)) {
        end(events, after, why.position(), "cancelled", data.put("reason", why.getMessage()));
      } else {
        data.put("code", why.code()).put("message", why.getMessage());
        end(events, after, why.position(), "failed", data);
      }
    } catch (TimeoutException e) {
      throw new IllegalStateException("the end of job " + handle.id() + " was not told", e);
    }
  }

  private static void end(
      EventStream events, long after, long position, String name, ObjectNode data) {
    if (position > after) {
      event(events, position, name, data);
    }
  }

  private static void event(EventStream events, long position, String name, ObjectNode data) {
    events.event(Long.toString(position), name, JSON.writeValueAsBytes(data));
  }
}
