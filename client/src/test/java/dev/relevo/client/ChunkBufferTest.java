package dev.relevo.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.client.ReplyChunk.Piece;
import dev.relevo.client.ReplyChunk.Restart;
import dev.relevo.common.protocol.Delta;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ChunkBufferTest {
  private final ChunkBuffer buffer = new ChunkBuffer(2);

  private static Piece piece(long seq, int index, String text) {
    return new Piece(seq, seq, index, Delta.text(text), 100 + seq);
  }

  @Test
  void givesPiecesInOrderAndThenTheEnd() {
    buffer.offer(piece(0, 0, "a"));
    buffer.offer(piece(1, 0, "b"));
    buffer.end(null);

    assertThat(buffer.isDrained()).isFalse();
    assertThat(buffer.take()).isEqualTo(piece(0, 0, "a"));
    assertThat(buffer.poll()).isEqualTo(piece(1, 0, "b"));
    assertThat(buffer.poll()).isNull();
    assertThat(buffer.take()).isNull();
    assertThat(buffer.isDrained()).isTrue();
  }

  @Test
  void joinsWhatIsBeyondItsBoundOnePieceForEachAnswer() {
    buffer.offer(piece(0, 0, "a"));
    buffer.offer(piece(1, 0, "b"));
    buffer.offer(piece(2, 0, "c"));
    buffer.offer(piece(3, 1, "x"));
    buffer.offer(new Piece(4, 4, 0, new Delta("d", "hm", null, List.of()), 104));

    assertThat(buffer.poll()).isEqualTo(piece(0, 0, "a"));
    // Room again, but what was joined must come before what is new.
    buffer.offer(piece(5, 0, "e"));
    assertThat(buffer.poll()).isEqualTo(piece(1, 0, "b"));
    assertThat(buffer.poll())
        .isEqualTo(new Piece(2, 5, 0, new Delta("cde", "hm", null, List.of()), 101));
    // Only whoever was given both has all up to the last of them.
    assertThat(buffer.poll()).isEqualTo(new Piece(3, 3, 1, Delta.text("x"), 105));
    assertThat(buffer.poll()).isNull();
    buffer.offer(piece(6, 0, "f"));
    assertThat(buffer.poll()).isEqualTo(piece(6, 0, "f"));
  }

  @Test
  void aRestartDropsWhatNobodyWasGiven() {
    buffer.offer(piece(0, 0, "a"));
    buffer.offer(piece(1, 0, "b"));
    buffer.offer(piece(2, 0, "c"));
    buffer.offer(new Restart(3, 103));
    buffer.offer(piece(3, 0, "d"));

    assertThat(buffer.poll()).isEqualTo(new Restart(3, 103));
    assertThat(buffer.poll()).isEqualTo(piece(3, 0, "d"));
    assertThat(buffer.poll()).isNull();
  }

  @Test
  void aFailureComesAfterTheLastPiece() {
    buffer.offer(piece(0, 0, "a"));
    buffer.end(new JobException("x", "It broke."));
    buffer.end(null);
    buffer.offer(piece(1, 0, "late"));

    assertThat(buffer.take()).isEqualTo(piece(0, 0, "a"));
    assertThatThrownBy(buffer::take).hasMessage("It broke.");
    assertThat(buffer.failure()).hasMessage("It broke.");
  }

  @Test
  void keepsNothingThatNobodyWants() {
    buffer.offer(piece(0, 0, "a"));
    assertThat(buffer.discard()).isFalse();
    buffer.offer(piece(1, 0, "b"));
    buffer.end(null);

    assertThat(buffer.take()).isNull();
  }

  @Test
  void tellsWhetherTheAnswerHadEndedWhenItIsDiscarded() {
    buffer.offer(piece(0, 0, "a"));
    buffer.end(null);

    assertThat(buffer.discard()).isTrue();
  }

  @Test
  void aWaitingReaderIsWokenUp() throws Exception {
    CompletableFuture<ReplyChunk> taken = CompletableFuture.supplyAsync(buffer::take);
    buffer.offer(piece(0, 0, "a"));

    assertThat(taken.get(10, TimeUnit.SECONDS)).isEqualTo(piece(0, 0, "a"));
  }

  @Test
  void aReaderThatIsInterruptedSaysSo() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(buffer::take)
        .isInstanceOfSatisfying(
            JobException.class, e -> assertThat(e.code()).isEqualTo(JobException.INTERRUPTED));
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void tellsOfEveryChange() {
    AtomicInteger changes = new AtomicInteger();
    buffer.onChange(changes::incrementAndGet);
    buffer.offer(piece(0, 0, "a"));
    buffer.end(null);

    assertThat(changes).hasValue(2);
  }
}
