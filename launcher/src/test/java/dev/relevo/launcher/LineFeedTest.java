package dev.relevo.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.operator.batch.BoundedLines;
import dev.relevo.operator.batch.BoundedLines.Line;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LineFeedTest {
  private static final Duration LONG = Duration.ofSeconds(50);

  private static LineFeed feed(InputStream in) {
    return new LineFeed(new BoundedLines(in, BatchParser.MOST_LINE));
  }

  private static String text(Line line) {
    return new String(line.bytes(), UTF_8);
  }

  @Test
  void linesComeInOrderAndThenTheEnd() throws Exception {
    String all = "0\n1\n".repeat(5_000);
    try (LineFeed feed = feed(new ByteArrayInputStream(all.getBytes(UTF_8)))) {
      for (int i = 0; i < 10_000; i++) {
        Line line = feed.next(LONG);
        assertThat(line.number()).isEqualTo(i + 1);
        assertThat(text(line)).isEqualTo(Integer.toString(i % 2));
        assertThat(feed.hasEnded()).isFalse();
      }
      assertThat(feed.next(LONG)).isNull();
      assertThat(feed.hasEnded()).isTrue();
      assertThat(feed.next(LONG)).isNull();
    }
  }

  @Test
  void aStreamThatPausesHoldsNobodyUp() throws Exception {
    try (PipedOutputStream out = new PipedOutputStream();
        LineFeed feed = feed(new PipedInputStream(out))) {
      assertThat(feed.next(Duration.ZERO)).isNull();
      assertThat(feed.hasEnded()).isFalse();
      out.write("a\nhalf".getBytes(UTF_8));
      out.flush();
      assertThat(text(feed.next(LONG))).isEqualTo("a");
      assertThat(feed.next(Duration.ofMillis(1))).isNull();
      assertThat(feed.hasEnded()).isFalse();
    }
  }

  @Test
  void itIsNotFarAhead() throws Exception {
    Mebibytes in = new Mebibytes();
    try (LineFeed feed = feed(in)) {
      while (in.read.get() < 9 << 20) {
        Thread.onSpinWait();
      }
      for (int taken = 1; taken <= 20; taken++) {
        // What is held, the line in the reader's hand, and a buffer.
        assertThat(in.read.get()).isLessThan((10L + taken) << 20);
        assertThat(text(feed.next(LONG))).hasSize((1 << 20) - 1);
      }
    }
  }

  /** A hundred lines of a mebibyte each. */
  private static final class Mebibytes extends InputStream {
    private static final long ALL = 100L << 20;
    private final AtomicLong read = new AtomicLong();

    @Override
    public int read() {
      throw new UnsupportedOperationException("byte by byte");
    }

    @Override
    public int read(byte[] bytes, int from, int count) {
      int here = (int) Math.min(count, ALL - read.get());
      for (int i = 0; i < here; i++) {
        bytes[from + i] = (byte) (read.incrementAndGet() % (1 << 20) == 0 ? '\n' : 'x');
      }
      return here == 0 ? -1 : here;
    }
  }

  @Test
  void whatCannotBeReadIsTold() throws Exception {
    InputStream broken = InputStream.nullInputStream();
    broken.close();
    try (LineFeed feed = feed(broken)) {
      assertThatThrownBy(() -> feed.next(LONG))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("closed");
    }
  }
}
