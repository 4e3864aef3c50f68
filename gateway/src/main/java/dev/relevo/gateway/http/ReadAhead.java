package dev.relevo.gateway.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.DirectHandler.EventType;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads a connection ahead of whoever handles its requests, so that its end is known while a
 * handler waits for a model. One thread ({@link #run}) reads and holds at most two buffers; the
 * connection's own thread takes them ({@link #next}) and is what bounds how long a request may take
 * to come.
 */
final class ReadAhead implements Runnable {
  private static final byte[] END = {};
  private static final long GRACE_NANOS_PER_KIB = TimeUnit.SECONDS.toNanos(1);

  private final DataReader source;
  private final Duration idleTimeout;
  private final Duration requestTimeout;
  private final BlockingQueue<byte[]> ready = new ArrayBlockingQueue<>(1);
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private boolean atEnd;
  private boolean inRequest;
  private long requestBeganNanos;
  private long requestBytes;

  ReadAhead(DataReader source, Duration idleTimeout, Duration requestTimeout) {
    this.source = source;
    this.idleTimeout = idleTimeout;
    this.requestTimeout = requestTimeout;
  }

  /** Completes when the peer has closed its side, or the line broke. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  @Override
  public void run() {
    try {
      while (true) {
        source.ensureAvailable();
        ready.put(source.readBytes(source.available()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      // However it ended: there is nothing more to read.
      ended.complete(null);
      putEnd();
    }
  }

  private void putEnd() {
    try {
      ready.put(END);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The next request may take its time again. To be called when one was answered. */
  void answered() {
    inRequest = false;
  }

  /** Reads what still comes, and drops it, until the end or for so long. */
  void drain(Duration atMost) {
    long endNanos = System.nanoTime() + atMost.toNanos();
    for (long left = atMost.toNanos(); !atEnd && left > 0; left = endNanos - System.nanoTime()) {
      byte[] bytes = poll(left);
      atEnd = bytes == null || bytes.length == 0;
    }
  }

  /**
   * What comes next; null at the end, or when nothing is asked for too long.
   *
   * @throws RequestException 408, when a request takes too long to come
   */
  byte @Nullable [] next() {
    if (atEnd) {
      return null;
    }
    byte[] bytes = poll(inRequest ? requestNanosLeft() : idleTimeout.toNanos());
    if (bytes == null && inRequest) {
      throw tooSlow();
    }
    if (bytes == null || bytes.length == 0) {
      atEnd = true;
      return null;
    }
    if (!inRequest) {
      inRequest = true;
      requestBeganNanos = System.nanoTime();
      requestBytes = 0;
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
    return allowed - (System.nanoTime() - requestBeganNanos);
  }

  private RequestException tooSlow() {
    return RequestException.builder()
        .type(EventType.OTHER)
        .status(Status.REQUEST_TIMEOUT_408)
        .setKeepAlive(false)
        .safeMessage(true)
        .message("The request did not come whole within " + requestTimeout.toSeconds() + " s.")
        .build();
  }
}
