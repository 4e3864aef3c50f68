package dev.relevo.gateway.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.RequestException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads a connection ahead of whoever handles its requests, so that its end is known while a
 * handler waits for a model. One thread ({@link #run}) reads and holds at most two buffers; the
 * connection's own thread takes them ({@link #next}), as far as they are requests ({@link
 * RequestFraming}), and bounds how long one may take to come.
 */
final class ReadAhead implements Runnable {
  private static final byte[] END = {};

  /** Who still sends does not pause for longer. */
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long GRACE_NANOS_PER_KIB = TimeUnit.SECONDS.toNanos(1);

  private final DataReader source;
  private final RequestFraming framing;
  private final Duration idleTimeout;
  private final Duration requestTimeout;
  private final BlockingQueue<byte[]> ready = new ArrayBlockingQueue<>(1);
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private volatile CompletableFuture<Void> listening = new CompletableFuture<>();
  private volatile boolean abandoned;
  private volatile boolean ours;
  private boolean atEnd;

  /** The request whose time is measured, as {@link RequestFraming#requests} counts them. */
  private int timed;

  private long requestBeganNanos;
  private long requestBytes;

  ReadAhead(
      DataReader source, RequestFraming framing, Duration idleTimeout, Duration requestTimeout) {
    this.source = source;
    this.framing = framing;
    this.idleTimeout = idleTimeout;
    this.requestTimeout = requestTimeout;
  }

  /** Completes when the peer has closed its side, or the line broke. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  /**
   * The same for the request at hand: the next one's takes its place, so that a connection that
   * lasts holds on to nothing of requests that were answered.
   */
  CompletableFuture<Void> listen() {
    CompletableFuture<Void> fresh = new CompletableFuture<>();
    listening = fresh;
    if (ended.isDone()) {
      fresh.complete(null);
    }
    return fresh;
  }

  /** From now on an end is our doing, and nobody is told. */
  void farewell() {
    ours = true;
  }

  /** Whether an end is our doing. */
  boolean isFarewell() {
    return ours;
  }

  @Override
  public void run() {
    try {
      while (!abandoned) {
        source.ensureAvailable();
        ready.put(source.readBytes(source.available()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      // However it ended: there is nothing more to read.
      if (!ours) {
        ended.complete(null);
        listening.complete(null);
      }
      putEnd();
    }
  }

  private void putEnd() {
    try {
      if (!abandoned) {
        ready.put(END);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Nobody takes anything any more: what has been read is dropped, and reading ends. */
  void abandon() {
    abandoned = true;
    // Makes room for one that waits for it; there can be no second one.
    ready.clear();
  }

  /** Whether what came was no request. */
  boolean hasFailed() {
    return framing.hasFailed();
  }

  /** Reads what still comes, and drops it, until nothing comes or for so long. */
  void drain(Duration atMost) {
    long endNanos = System.nanoTime() + atMost.toNanos();
    for (long left = atMost.toNanos(); !atEnd && left > 0; left = endNanos - System.nanoTime()) {
      byte[] bytes = poll(Math.min(left, QUIET_NANOS));
      atEnd = bytes == null || bytes.length == 0;
    }
  }

  /**
   * What comes next; null at the end, or when nothing is asked for too long.
   *
   * @throws RequestException what comes is no request, or takes too long to come (408)
   */
  byte @Nullable [] next() {
    byte[] piece = framing.take();
    while (piece == null && !atEnd && !framing.hasFailed()) {
      byte[] bytes = read();
      atEnd = bytes == null || bytes.length == 0;
      if (bytes != null) {
        framing.give(bytes);
        piece = framing.take();
      }
    }
    return piece;
  }

  private byte @Nullable [] read() {
    if (framing.isBetween()) {
      return poll(idleTimeout.toNanos());
    }
    if (timed != framing.requests()) {
      timed = framing.requests();
      requestBeganNanos = System.nanoTime();
      requestBytes = 0;
    }
    byte[] bytes = poll(requestNanosLeft());
    if (bytes == null) {
      throw tooSlow();
    }
    requestBytes += bytes.length;
    return bytes;
  }

  private byte @Nullable [] poll(long nanos) {
    try {
      return ready.poll(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      // The server closes, and this connection rests.
      Thread.currentThread().interrupt();
      return END;
    }
  }

  private long requestNanosLeft() {
    long allowed = requestTimeout.toNanos() + (requestBytes >> 10) * GRACE_NANOS_PER_KIB;
    // Who has sent much quickly may not rest on it.
    return Math.min(requestTimeout.toNanos(), allowed - (System.nanoTime() - requestBeganNanos));
  }

  private RequestException tooSlow() {
    return framing
        .request()
        .as(408, "The request did not come whole within " + requestTimeout.toMillis() + " ms.");
  }
}
