package dev.relevo.client;

import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Gives an answer's chunks to its one subscriber as it asks for them. Signals come one at a time,
 * on the executor's threads, never on the reader's: at most one {@code drain} runs, started by
 * whoever finds {@code signals} at zero.
 */
final class ChunkPublisher implements Flow.Publisher<ReplyChunk> {
  private final ChunkBuffer buffer;
  private final Executor executor;
  private final AtomicBoolean taken = new AtomicBoolean();

  ChunkPublisher(ChunkBuffer buffer, Executor executor) {
    this.buffer = buffer;
    this.executor = executor;
  }

  /** Whether this caller is the one that may read the buffer. */
  boolean claim() {
    return taken.compareAndSet(false, true);
  }

  @Override
  public void subscribe(Flow.Subscriber<? super ReplyChunk> subscriber) {
    if (!claim()) {
      subscriber.onSubscribe(new Refused());
      subscriber.onError(
          new IllegalStateException("the chunks of a job can be read once; use follow() to again"));
      return;
    }
    Delivery delivery = new Delivery(subscriber);
    subscriber.onSubscribe(delivery);
    buffer.onChange(delivery::signal);
    delivery.signal();
  }

  private record Refused() implements Flow.Subscription {
    @Override
    public void request(long count) {
      // Nothing will come.
    }

    @Override
    public void cancel() {
      // Nothing to stop.
    }
  }

  private final class Delivery implements Flow.Subscription {
    private final Flow.Subscriber<? super ReplyChunk> subscriber;
    private final AtomicLong wanted = new AtomicLong();
    private final AtomicInteger signals = new AtomicInteger();
    private volatile boolean over;
    private volatile boolean badRequest;

    private Delivery(Flow.Subscriber<? super ReplyChunk> subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public void request(long count) {
      if (count <= 0) {
        badRequest = true;
      } else {
        wanted.accumulateAndGet(count, (now, more) -> now + more < 0 ? Long.MAX_VALUE : now + more);
      }
      signal();
    }

    @Override
    public void cancel() {
      over = true;
      buffer.discard();
    }

    private void signal() {
      if (signals.getAndIncrement() == 0) {
        executor.execute(this::drain);
      }
    }

    private void drain() {
      int seen = 1;
      while (seen != 0) {
        seen = signals.get();
        try {
          deliver();
        } catch (RuntimeException e) {
          // A subscriber must not throw (Flow's contract): it gets no more.
          cancel();
          Thread thread = Thread.currentThread();
          thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
        seen = signals.addAndGet(-seen);
      }
    }

    private void deliver() {
      if (badRequest && !over) {
        cancel();
        subscriber.onError(new IllegalArgumentException("request() of less than one chunk"));
      }
      while (!over && wanted.get() > 0) {
        ReplyChunk chunk = buffer.poll();
        if (chunk == null) {
          break;
        }
        wanted.decrementAndGet();
        subscriber.onNext(chunk);
      }
      if (!over && buffer.isDrained()) {
        over = true;
        JobException failure = buffer.failure();
        if (failure == null) {
          subscriber.onComplete();
        } else {
          subscriber.onError(failure);
        }
      }
    }
  }
}
