package dev.relevo.launcher;

import dev.relevo.operator.batch.BoundedLines;
import dev.relevo.operator.batch.BoundedLines.Line;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a stream that may pause for as long as it likes, such as a pipe that somebody writes by
 * hand: one thread reads ahead, another takes what is there and is never held up. The reader is
 * ahead by at most {@link #MOST_LINES} lines and {@link #MOST_KIB} KiB.
 */
final class LineFeed implements AutoCloseable {
  private static final int MOST_LINES = 1_000;
  private static final int MOST_KIB = BatchParser.MOST_LINE >> 10;

  private final BoundedLines lines;
  private final BlockingQueue<Item> ahead = new ArrayBlockingQueue<>(MOST_LINES);
  private final Semaphore roomKib = new Semaphore(MOST_KIB);
  private final Thread reader;
  private boolean ended;

  /** Begins to read; closes the lines with itself. */
  LineFeed(BoundedLines lines) {
    this.lines = lines;
    this.reader = Thread.ofVirtual().name("relevo-lines").start(this::read);
  }

  /** What the reader has to tell. */
  private sealed interface Item {}

  private record Got(Line line) implements Item {}

  private record End() implements Item {}

  private record Broken(IOException reason) implements Item {}

  /**
   * The next line.
   *
   * @param wait how long one may take to come
   * @return null when none came, or none is left: {@link #hasEnded} tells
   * @throws IOException when the stream cannot be read
   */
  @Nullable Line next(Duration wait) throws IOException {
    if (ended) {
      return null;
    }
    return switch (take(wait)) {
      case Got got -> {
        roomKib.release(kib(got.line()));
        yield got.line();
      }
      case End _ -> {
        ended = true;
        yield null;
      }
      case Broken broken -> throw broken.reason();
      case null -> null;
    };
  }

  /** Whether all lines were taken. */
  boolean hasEnded() {
    return ended;
  }

  private @Nullable Item take(Duration wait) {
    try {
      Item there = ahead.poll();
      return there != null ? there : ahead.poll(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private void read() {
    try {
      try {
        for (Line line = lines.next(); line != null; line = lines.next()) {
          roomKib.acquire(kib(line));
          ahead.put(new Got(line));
        }
        ahead.put(new End());
      } catch (IOException e) {
        ahead.put(new Broken(e));
      }
    } catch (InterruptedException e) {
      // Nobody wants the rest.
      Thread.currentThread().interrupt();
    }
  }

  private static int kib(Line line) {
    return Math.min(MOST_KIB, 1 + (line.bytes().length >> 10));
  }

  @Override
  public void close() throws IOException {
    reader.interrupt();
    lines.close();
  }
}
