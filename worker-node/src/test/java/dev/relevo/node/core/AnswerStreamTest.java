package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.ReplyRecord.Chunk;
import dev.relevo.common.protocol.ReplyRecord.Done;
import dev.relevo.common.protocol.ReplyRecord.Resumed;
import dev.relevo.common.protocol.ResumeMode;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerStreamTest {
  private static final long LINGER = 5;

  @Test
  void sendsTheFirstPieceAtOnceAndJoinsThoseThatComeFast() {
    AnswerStream stream = begun(new AnswerStream(Given.nothing(), LINGER), new Resumption.Plain());

    assertThat(text(stream, "a", 100)).containsExactly(new Chunk(0, Delta.text("a")));
    assertThat(text(stream, "b", 101)).isEmpty();
    assertThat(stream.isWaiting()).isTrue();
    assertThat(text(stream, "c", 104)).isEmpty();
    assertThat(text(stream, "d", 105)).containsExactly(new Chunk(1, Delta.text("bcd")));
    assertThat(stream.isWaiting()).isFalse();
    assertThat(text(stream, "e", 200)).containsExactly(new Chunk(2, Delta.text("e")));
    assertThat(end(stream)).containsExactly(done(2));
  }

  @Test
  void flushesWhatWaitsWhenAskedAndAtTheEnd() {
    AnswerStream stream = begun(new AnswerStream(Given.nothing(), LINGER), new Resumption.Plain());
    text(stream, "a", 100);
    text(stream, "b", 101);

    assertThat(stream.flush(105)).containsExactly(new Chunk(1, Delta.text("b")));
    text(stream, "c", 106);
    assertThat(end(stream)).containsExactly(new Chunk(2, Delta.text("c")), done(2));
  }

  @Test
  void joinsNothingWithoutLinger() {
    AnswerStream stream = begun(new AnswerStream(Given.nothing(), 0), new Resumption.Plain());

    assertThat(text(stream, "a", 100)).hasSize(1);
    assertThat(text(stream, "b", 100)).hasSize(1);
  }

  @Test
  void boundsAJoinedChunk() {
    AnswerStream stream = begun(new AnswerStream(Given.nothing(), LINGER), new Resumption.Plain());
    text(stream, "a", 100);

    String large = "x".repeat(ChunkJoiner.MAX_JOINED_LENGTH);
    assertThat(text(stream, large, 101)).containsExactly(new Chunk(1, Delta.text(large)));
  }

  @Test
  void keepsAnswersOfDifferentIndexApart() {
    AnswerStream stream = begun(new AnswerStream(Given.nothing(), LINGER), new Resumption.Plain());
    text(stream, "a", 100);
    text(stream, "b", 101);

    assertThat(written(stream.accept(1, Delta.text("B"), 102)))
        .containsExactly(new Chunk(1, null, Delta.text("b")));
    assertThat(stream.flush(105)).containsExactly(new Chunk(2, 1, Delta.text("B")));
  }

  @Test
  void endsAnEmptyAnswer() {
    AnswerStream stream = begun(new AnswerStream(Given.nothing(), LINGER), new Resumption.Plain());

    assertThat(end(stream)).containsExactly(done(-1));
  }

  @Test
  void saysBeforeTheFirstNewChunkThatItContinues() {
    AnswerStream stream =
        begun(new AnswerStream(given("Hello", 3), LINGER), new Resumption.Continue("Hello"));

    assertThat(text(stream, " world", 100))
        .containsExactly(new Resumed(ResumeMode.CONTINUE, 3), new Chunk(3, Delta.text(" world")));
    assertThat(end(stream)).containsExactly(done(3));
    assertThat(stream.transcript().content()).isEqualTo("Hello world");
  }

  @Test
  void saysSoBeforeDoneWhenNothingWasMissing() {
    AnswerStream stream =
        begun(new AnswerStream(given("Hello", 3), LINGER), new Resumption.Continue("Hello"));

    assertThat(end(stream)).containsExactly(new Resumed(ResumeMode.CONTINUE, 3), done(2));
  }

  @Test
  void holdsBackWhatAReplayRepeats() {
    AnswerStream stream =
        begun(new AnswerStream(given("Hello", 3), LINGER), new Resumption.Replay());

    assertThat(text(stream, "Hel", 100)).isEmpty();
    assertThat(text(stream, "lo you", 101))
        .containsExactly(new Resumed(ResumeMode.REPLAY, 3), new Chunk(3, Delta.text(" you")));
  }

  @Test
  void tellsWhenAReplayPartsOrEndsTooSoon() {
    AnswerStream parts =
        begun(new AnswerStream(given("Hello", 3), LINGER), new Resumption.Replay());
    assertThat(parts.accept(0, Delta.text("Good day"), 100))
        .isInstanceOf(AnswerStream.Step.Parted.class);

    AnswerStream ends = begun(new AnswerStream(given("Hello", 3), LINGER), new Resumption.Replay());
    text(ends, "Hell", 100);
    assertThat(ends.end(FinishReason.STOP, null, "backend", "model", 1, 200))
        .isInstanceOf(AnswerStream.Step.Parted.class);
  }

  @Test
  void fallsFromReplayToRestartWithTheNextSeq() {
    AnswerStream stream =
        begun(new AnswerStream(given("Hello", 3), LINGER), new Resumption.Replay());
    stream.accept(0, Delta.text("Good"), 100);
    stream.begin(new Resumption.Restart(), 101);

    assertThat(text(stream, "Good day", 102))
        .containsExactly(new Resumed(ResumeMode.RESTART, 3), new Chunk(3, Delta.text("Good day")));
    assertThat(stream.transcript().content()).isEqualTo("Good day");
  }

  @Test
  void staysWithTheRestartItHasNotAnnouncedYet() {
    AnswerStream stream =
        begun(new AnswerStream(given("Hello", 3), LINGER), new Resumption.Restart());
    stream.begin(new Resumption.Plain(), 101);

    assertThat(text(stream, "x", 102)).startsWith(new Resumed(ResumeMode.RESTART, 3));
  }

  @Test
  void goesOnFromMemoryWithoutAWordInsideOneAttempt() {
    AnswerStream stream = begun(new AnswerStream(Given.nothing(), LINGER), new Resumption.Plain());
    text(stream, "Hel", 100);
    text(stream, "lo", 101);

    assertThat(stream.begin(new Resumption.Continue("Hello"), 102))
        .containsExactly(new Chunk(1, Delta.text("lo")));
    assertThat(text(stream, "!", 200)).containsExactly(new Chunk(2, Delta.text("!")));
  }

  @Test
  void announcesARestartInsideOneAttempt() {
    AnswerStream stream = begun(new AnswerStream(Given.nothing(), LINGER), new Resumption.Plain());
    text(stream, "Hel", 100);
    stream.begin(new Resumption.Restart(), 200);

    assertThat(text(stream, "Hi", 300))
        .containsExactly(new Resumed(ResumeMode.RESTART, 1), new Chunk(1, Delta.text("Hi")));
  }

  @Test
  void keepsTheSeqWhereReadersHaveDroppedTheText() {
    AnswerStream stream =
        begun(
            new AnswerStream(new Given(new Transcript(), 4, null), LINGER), new Resumption.Plain());

    assertThat(text(stream, "a", 100))
        .containsExactly(new Resumed(ResumeMode.CONTINUE, 4), new Chunk(4, Delta.text("a")));
  }

  private static AnswerStream begun(AnswerStream stream, Resumption way) {
    assertThat(stream.begin(way, 0)).isEmpty();
    return stream;
  }

  private static Given given(String text, long nextSeq) {
    Transcript transcript = new Transcript();
    transcript.add(0, Delta.text(text));
    return new Given(transcript, nextSeq, null);
  }

  private static List<ReplyRecord> text(AnswerStream stream, String text, long nowNanos) {
    return written(stream.accept(0, Delta.text(text), nowNanos));
  }

  private static List<ReplyRecord> end(AnswerStream stream) {
    return written(stream.end(FinishReason.STOP, null, "backend", "model", 1, 1_000));
  }

  private static List<ReplyRecord> written(AnswerStream.Step step) {
    return ((AnswerStream.Step.Write) step).records();
  }

  private static Done done(long seq) {
    return new Done(seq, FinishReason.STOP, null, "backend", "model", 1);
  }
}
