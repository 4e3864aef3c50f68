package dev.relevo.gateway.chat;

import dev.relevo.client.JobException;
import dev.relevo.client.JobHandle;
import dev.relevo.client.ReplyChunk;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What happens while an answer is streamed, one thing after the other for the thread that writes
 * it. Holds one chunk: the next is asked for when that was taken, and the client joins what comes
 * meanwhile.
 */
final class Arrivals implements Flow.Subscriber<ReplyChunk> {

  /** Something that happened. */
  sealed interface Arrival {
    /** A piece, or the word that all so far is void. */
    record Chunk(ReplyChunk chunk) implements Arrival {}

    /** The answer is whole. */
    record End() implements Arrival {}

    /** The job has failed. */
    record Failed(JobException failure) implements Arrival {}

    /** The caller has closed the connection. */
    record CallerGone() implements Arrival {}
  }

  /** Bounded by what can come: a chunk, an end and the caller's leave. */
  private final BlockingQueue<Arrival> arrived = new LinkedBlockingQueue<>();

  private final CompletableFuture<Void> callerGone;
  private volatile Flow.@Nullable Subscription subscription;

  private Arrivals(CompletableFuture<Void> callerGone) {
    this.callerGone = callerGone;
  }

  /** Listens to a job and to its caller from now on. */
  static Arrivals of(JobHandle job, CompletableFuture<Void> callerGone) {
    Arrivals arrivals = new Arrivals(callerGone);
    var _ = callerGone.thenRun(() -> arrivals.arrived.add(new Arrival.CallerGone()));
    job.chunks().subscribe(arrivals);
    return arrivals;
  }

  /** The next thing; empty when nothing happens for so long. */
  Optional<Arrival> next(Duration atMost) throws InterruptedException {
    Arrival next = arrived.poll(atMost.toNanos(), TimeUnit.NANOSECONDS);
    Flow.Subscription more = subscription;
    if (next instanceof Arrival.Chunk && more != null) {
      more.request(1);
    }
    return Optional.ofNullable(next);
  }

  /** Wants no more of it. */
  void stop() {
    callerGone.cancel(false);
    Flow.Subscription running = subscription;
    if (running != null) {
      running.cancel();
    }
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    given.request(1);
  }

  @Override
  public void onNext(ReplyChunk chunk) {
    arrived.add(new Arrival.Chunk(chunk));
  }

  @Override
  public void onError(Throwable failure) {
    arrived.add(
        new Arrival.Failed(
            failure instanceof JobException known
                ? known
                : new JobException(JobException.UNREADABLE, String.valueOf(failure), failure)));
  }

  @Override
  public void onComplete() {
    arrived.add(new Arrival.End());
  }
}
