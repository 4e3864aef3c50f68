package dev.relevo.node.backend;

import dev.relevo.common.config.TimeoutSettings;
import java.util.concurrent.locks.LockSupport;

/**
 * How long one call may bring no piece of an answer. Nothing else counts as progress: headers,
 * comments, pings and empty pieces show that a server lives, not that it answers. {@code
 * first-token} bounds the time from asking to the first piece, {@code idle} that between two; while
 * a piece is handed over it is not the server that is slow, and no time passes.
 *
 * <p>Threads: the call's own thread tells what comes; a virtual thread of this object sleeps until
 * the time is over and then ends the call. A piece only moves a moment, and wakes nobody: the
 * watcher looks again when the moment that it knew has come.
 */
final class Patience implements AutoCloseable {
  private final long firstTokenNanos;
  private final long idleNanos;
  private final Preparation preparation;
  private final Runnable end;
  private final Thread watcher;
  private volatile long sinceNanos = System.nanoTime();
  private volatile boolean answering;
  private volatile boolean handingOver;
  private volatile boolean closed;
  private volatile boolean over;

  /**
   * Begins to watch.
   *
   * @param preparation asked before a server is given up that has not begun to answer
   * @param end ends the call, from another thread
   */
  Patience(TimeoutSettings timeouts, Preparation preparation, Runnable end) {
    this.firstTokenNanos = timeouts.firstToken().toNanos();
    this.idleNanos = timeouts.idle().toNanos();
    this.preparation = preparation;
    this.end = end;
    this.watcher = Thread.ofVirtual().name("patience").unstarted(this::watch);
    watcher.start();
  }

  /** Whether a server still gets ready to answer at all. */
  @FunctionalInterface
  interface Preparation {
    /** Most servers cannot tell. */
    Preparation UNKNOWN = () -> false;

    /**
     * Asks it; may block for as long as a health check.
     *
     * @throws InterruptedException if the call ends meanwhile
     */
    boolean isGoingOn() throws InterruptedException;
  }

  /** A piece has come and is now handed over. */
  void handsOver() {
    handingOver = true;
  }

  /** The piece is handed over; the next one is waited for. */
  void handedOver() {
    sinceNanos = System.nanoTime();
    boolean first = !answering;
    answering = true;
    handingOver = false;
    if (first) {
      // The time that it sleeps for was that of the first piece.
      LockSupport.unpark(watcher);
    }
  }

  /** Whether it has ended the call. */
  boolean isOver() {
    return over;
  }

  @Override
  public void close() {
    closed = true;
    watcher.interrupt();
  }

  private void watch() {
    boolean wasPreparing = false;
    while (!closed) {
      long leftNanos = leftNanos();
      if (leftNanos > 0) {
        LockSupport.parkNanos(this, leftNanos);
        continue;
      }
      boolean preparing = !answering && isPreparing();
      if (preparing || wasPreparing) {
        // What was got ready only now has its time from now on.
        wasPreparing = preparing;
        sinceNanos = answering ? sinceNanos : System.nanoTime();
      } else if (leftNanos() <= 0 && !closed) {
        over = true;
        end.run();
        return;
      }
    }
  }

  private long leftNanos() {
    long allowedNanos = answering ? idleNanos : firstTokenNanos;
    return handingOver ? allowedNanos : allowedNanos - (System.nanoTime() - sinceNanos);
  }

  private boolean isPreparing() {
    try {
      return preparation.isGoingOn();
    } catch (InterruptedException e) {
      // Only the end of the call interrupts.
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
