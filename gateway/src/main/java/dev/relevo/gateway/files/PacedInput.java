package dev.relevo.gateway.files;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Supplier;

/** What a caller sends, held to a least pace. For one thread. */
final class PacedInput extends FilterInputStream {
  private final LeastPace pace;
  private final Supplier<? extends RuntimeException> tooSlow;

  /**
   * @param tooSlow what is thrown when it comes too slowly
   */
  PacedInput(InputStream in, LeastPace pace, Supplier<? extends RuntimeException> tooSlow) {
    super(in);
    this.pace = pace;
    this.tooSlow = tooSlow;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    long beganNanos = System.nanoTime();
    int count = in.read(into, offset, length);
    pace.passed(count, System.nanoTime() - beganNanos);
    if (pace.isTooSlow()) {
      throw tooSlow.get();
    }
    return count;
  }
}
