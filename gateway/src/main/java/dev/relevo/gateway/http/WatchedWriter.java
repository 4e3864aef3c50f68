package dev.relevo.gateway.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;

/** Notes since when a write waits for a reader. */
final class WatchedWriter implements DataWriter {
  private static final long NOT_WRITING = 0;

  private final DataWriter writer;
  private volatile long sinceNanos = NOT_WRITING;

  WatchedWriter(DataWriter writer) {
    this.writer = writer;
  }

  /** Whether one write has lasted that long. */
  boolean isStuck(long nowNanos, long atMostNanos) {
    long since = sinceNanos;
    return since != NOT_WRITING && nowNanos - since > atMostNanos;
  }

  @Override
  public void write(BufferData... buffers) {
    begin();
    writer.write(buffers);
    end();
  }

  @Override
  public void write(BufferData buffer) {
    begin();
    writer.write(buffer);
    end();
  }

  @Override
  public void writeNow(BufferData... buffers) {
    begin();
    writer.writeNow(buffers);
    end();
  }

  @Override
  public void writeNow(BufferData buffer) {
    begin();
    writer.writeNow(buffer);
    end();
  }

  @Override
  public void flush() {
    writer.flush();
  }

  @Override
  public void close() {
    writer.close();
  }

  private void begin() {
    // One is a moment like any other, and not the mark.
    sinceNanos = System.nanoTime() | 1;
  }

  private void end() {
    sinceNanos = NOT_WRITING;
  }
}
