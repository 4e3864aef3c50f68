package dev.relevo.gateway.jobs;

import dev.relevo.client.ReplyChunk;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Hands an answer's chunks to the one thread that writes them. It asks for at most {@value #WINDOW}
 * ahead; what comes faster than it is taken waits, joined, in the client's own buffer.
 */
final class ChunkFeed implements Flow.Subscriber<ReplyChunk> {
  private static final int WINDOW = 32;

  /** What comes out of it. */
  sealed interface Signal {
    /** A chunk of the answer. */
    record Chunk(ReplyChunk chunk) implements Signal {}

    /** No more will come. */
    record End() implements Signal {}
  }

  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private volatile Flow.@Nullable Subscription subscription;

  @Override
  public void onSubscribe(Flow.Subscription subscribed) {
    subscription = subscribed;
    subscribed.request(WINDOW);
  }

  @Override
  public void onNext(ReplyChunk chunk) {
    signals.add(new Signal.Chunk(chunk));
  }

  @Override
  public void onError(Throwable failure) {
    // The handle's result tells how it ended.
    end();
  }

  @Override
  public void onComplete() {
    end();
  }

  /** Wakes whoever takes: no more is wanted. */
  void end() {
    signals.add(new Signal.End());
  }

  /** The next one; null when none came in time. */
  @Nullable Signal next(Duration atMost) throws InterruptedException {
    Signal next = signals.poll(atMost.toMillis(), TimeUnit.MILLISECONDS);
    Flow.Subscription from = subscription;
    if (next instanceof Signal.Chunk && from != null) {
      from.request(1);
    }
    return next;
  }
}
