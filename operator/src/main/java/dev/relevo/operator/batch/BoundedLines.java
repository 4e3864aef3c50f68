package dev.relevo.operator.batch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream line by line and never holds more than one line, however long the stream or a line
 * is. Lines end with a line feed; the last may do without.
 */
public final class BoundedLines implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 << 10;

  private final InputStream in;
  private final int mostBytes;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int at;
  private int end;
  private long number;
  private long offset;

  /**
   * @param mostBytes the longest line that is kept, without its end
   */
  public BoundedLines(InputStream in, int mostBytes) {
    this.in = in;
    this.mostBytes = mostBytes;
  }

  /** A line. */
  public static final class Line {
    private final long number;
    private final byte[] bytes;
    private final boolean tooLong;
    private final boolean ended;
    private final long offset;

    private Line(long number, byte[] bytes, boolean tooLong, boolean ended, long offset) {
      this.number = number;
      this.bytes = bytes;
      this.tooLong = tooLong;
      this.ended = ended;
      this.offset = offset;
    }

    /** Which one it is, from 1. */
    public long number() {
      return number;
    }

    /** What stands in it; its beginning if it is too long. */
    public byte[] bytes() {
      return bytes;
    }

    /** Whether there was more than may be kept. */
    public boolean tooLong() {
      return tooLong;
    }

    /** Whether it ends with a line feed. */
    public boolean ended() {
      return ended;
    }

    /** Where it begins, in bytes. */
    public long offset() {
      return offset;
    }

    /** Whether nothing but white space stands in it. */
    public boolean isBlank() {
      for (byte one : bytes) {
        if (one != ' ' && one != '\t' && one != '\r') {
          return false;
        }
      }
      return true;
    }
  }

  /** The next line, or null after the last. */
  public @Nullable Line next() throws IOException {
    if (!fill()) {
      return null;
    }
    number++;
    long beganAt = offset;
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    boolean tooLong = false;
    boolean ended = false;
    while (!ended && fill()) {
      int stop = at;
      while (stop < end && buffer[stop] != '\n') {
        stop++;
      }
      int room = mostBytes - line.size();
      tooLong |= stop - at > room;
      line.write(buffer, at, Math.min(stop - at, room));
      ended = stop < end;
      offset += stop - at + (ended ? 1 : 0);
      at = ended ? stop + 1 : stop;
    }
    return new Line(number, line.toByteArray(), tooLong, ended, beganAt);
  }

  private boolean fill() throws IOException {
    if (at == end) {
      at = 0;
      end = Math.max(0, in.read(buffer));
    }
    return at < end;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
