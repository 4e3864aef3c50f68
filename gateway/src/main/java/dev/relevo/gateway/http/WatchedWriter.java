package dev.relevo.gateway.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Notes since when a write waits for a reader, and can break it off: whoever writes into a channel
 * and is interrupted finds it closed. Closing it from outside would wait for that very write where
 * TLS is spoken.
 */
final class WatchedWriter implements DataWriter {
  private final DataWriter writer;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Thread writing;
  private long sinceNanos;
  private boolean brokenOff;

  WatchedWriter(DataWriter writer) {
    this.writer = writer;
  }

  /** Ends a write that has lasted that long, and the connection with it. */
  void breakOffIfStuck(long nowNanos, long atMostNanos) {
    lock.lock();
    try {
      if (writing != null && !brokenOff && nowNanos - sinceNanos > atMostNanos) {
        brokenOff = true;
        writing.interrupt();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void write(BufferData... buffers) {
    watched(() -> writer.write(buffers));
  }

  @Override
  public void write(BufferData buffer) {
    watched(() -> writer.write(buffer));
  }

  @Override
  public void writeNow(BufferData... buffers) {
    watched(() -> writer.writeNow(buffers));
  }

  @Override
  public void writeNow(BufferData buffer) {
    watched(() -> writer.writeNow(buffer));
  }

  @Override
  public void flush() {
    writer.flush();
  }

  @Override
  public void close() {
    writer.close();
  }

  private void watched(Runnable write) {
    begin();
    try {
      write.run();
    } finally {
      end();
    }
  }

  private void begin() {
    lock.lock();
    try {
      writing = Thread.currentThread();
      sinceNanos = System.nanoTime();
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      writing = null;
      if (brokenOff) {
        // It was meant for the write alone, and not for what its thread does next.
        Thread.interrupted();
      }
    } finally {
      lock.unlock();
    }
  }
}
