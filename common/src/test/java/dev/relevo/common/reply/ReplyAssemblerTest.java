package dev.relevo.common.reply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.ReplyRecord.Cancelled;
import dev.relevo.common.protocol.ReplyRecord.Chunk;
import dev.relevo.common.protocol.ReplyRecord.Done;
import dev.relevo.common.protocol.ReplyRecord.Failed;
import dev.relevo.common.protocol.ReplyRecord.Resumed;
import dev.relevo.common.protocol.ReplyRecord.Started;
import dev.relevo.common.protocol.ResumeMode;
import dev.relevo.common.reply.ReplyStep.Appended;
import dev.relevo.common.reply.ReplyStep.Claimed;
import dev.relevo.common.reply.ReplyStep.Ended;
import dev.relevo.common.reply.ReplyStep.Nothing;
import dev.relevo.common.reply.ReplyStep.Reason;
import dev.relevo.common.reply.ReplyStep.Restarted;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplyAssemblerTest {
  private static final Fence ONE = new Fence(3, 10, 1);
  private static final Fence TWO = new Fence(3, 10, 2);
  private static final Fence THREE = new Fence(3, 11, 0);
  private static final Fence ELSEWHERE = new Fence(4, 99, 9);
  private static final Started STARTED = new Started("n");
  private static final Failed FAILED = new Failed("node_lost", "The node died.", 1);

  private final ReplyAssembler reader = ReplyAssembler.keepingText(1_000);
  private long offset;

  private ReplyStep give(Fence fence, ReplyRecord record) {
    return reader.accept(offset++, fence, record);
  }

  private static Chunk chunk(long seq, String text) {
    return new Chunk(seq, Delta.text(text));
  }

  private static Done done(long seq) {
    return new Done(seq, FinishReason.STOP, null, "b", "m", 1);
  }

  private static Resumed resumed(ResumeMode mode, long fromSeq) {
    return new Resumed(mode, fromSeq);
  }

  private static Nothing nothing(Reason reason) {
    return new Nothing(reason);
  }

  private void emitHel() {
    give(ONE, STARTED);
    give(ONE, chunk(0, "He"));
    give(ONE, chunk(1, "l"));
  }

  @Test
  void readsAPlainAnswer() {
    offset = 7;

    assertThat(give(ONE, STARTED)).isEqualTo(new Claimed(ONE, "n"));
    assertThat(reader.hasEmitted()).isFalse();
    assertThat(give(ONE, chunk(0, "Hel"))).isEqualTo(new Appended(0, 0, Delta.text("Hel")));
    assertThat(give(ONE, chunk(1, "lo"))).isEqualTo(new Appended(1, 0, Delta.text("lo")));
    assertThat(give(ONE, done(1))).isEqualTo(new Ended(done(1)));

    assertThat(reader.text()).isEqualTo("Hello");
    assertThat(reader.isEnded()).isTrue();
    assertThat(reader.terminal()).isEqualTo(done(1));
    assertThat(reader.terminalFence()).isEqualTo(ONE);
    assertThat(reader.firstStartedOffset()).isEqualTo(7);
    assertThat(reader.lastOffset()).isEqualTo(10);
    assertThat(reader.nextSeq()).isEqualTo(2);
    assertThat(reader.home()).isEqualTo(3);
    assertThat(reader.fence()).isEqualTo(ONE);
  }

  @Test
  void nothingCountsAfterTheEnd() {
    give(ONE, STARTED);
    give(ONE, done(-1));

    assertThat(give(TWO, STARTED)).isEqualTo(nothing(Reason.ENDED));
    assertThat(give(THREE, FAILED)).isEqualTo(nothing(Reason.ENDED));
    assertThat(reader.terminal()).isEqualTo(done(-1));
  }

  @Test
  void aSecondReadOfTheSameRecordsChangesNothing() {
    emitHel();

    assertThat(reader.accept(1, ONE, chunk(2, "lo"))).isEqualTo(nothing(Reason.READ_BEFORE));
    assertThat(reader.text()).isEqualTo("Hel");
  }

  @Test
  void skipsDuplicates() {
    emitHel();

    assertThat(give(ONE, chunk(1, "x"))).isEqualTo(nothing(Reason.DUPLICATE));
    assertThat(give(ONE, chunk(2, "lo"))).isInstanceOf(Appended.class);
    assertThat(reader.text()).isEqualTo("Hello");
  }

  @Test
  void everythingAfterAHoleOfItsFenceIsVoid() {
    emitHel();

    assertThat(give(ONE, chunk(3, "o"))).isEqualTo(nothing(Reason.HOLE));
    assertThat(give(ONE, chunk(2, "l"))).isEqualTo(nothing(Reason.AFTER_HOLE));
    assertThat(give(ONE, resumed(ResumeMode.RESTART, 0))).isEqualTo(nothing(Reason.AFTER_HOLE));
    assertThat(give(ONE, done(3))).isEqualTo(nothing(Reason.AFTER_HOLE));
    assertThat(give(ONE, FAILED)).isEqualTo(nothing(Reason.AFTER_HOLE));
    assertThat(give(TWO, STARTED)).isInstanceOf(Claimed.class);
    assertThat(give(TWO, resumed(ResumeMode.CONTINUE, 2))).isEqualTo(nothing(Reason.NO_NEWS));
    assertThat(give(TWO, chunk(2, "lo"))).isInstanceOf(Appended.class);
    assertThat(reader.text()).isEqualTo("Hello");
  }

  @Test
  void aDoneThatNamesAMissingChunkIsAHole() {
    emitHel();

    assertThat(give(ONE, done(2))).isEqualTo(nothing(Reason.HOLE));
    assertThat(reader.isEnded()).isFalse();
  }

  @Test
  void lowerFencesAreVoid() {
    emitHel();
    give(TWO, STARTED);

    assertThat(give(ONE, chunk(2, "x"))).isEqualTo(nothing(Reason.LOWER_FENCE));
    assertThat(give(ONE, STARTED)).isEqualTo(nothing(Reason.LOWER_FENCE));
    assertThat(give(TWO, STARTED)).isEqualTo(nothing(Reason.LOWER_FENCE));
    assertThat(give(ONE, done(1))).isEqualTo(nothing(Reason.LOWER_FENCE));
    assertThat(give(ONE, FAILED)).isEqualTo(nothing(Reason.LOWER_FENCE));
    assertThat(reader.isEnded()).isFalse();
  }

  @Test
  void otherHomesAreVoid() {
    give(ONE, STARTED);

    assertThat(give(ELSEWHERE, STARTED)).isEqualTo(nothing(Reason.OTHER_HOME));
    assertThat(give(ELSEWHERE, FAILED)).isEqualTo(nothing(Reason.OTHER_HOME));
    assertThat(reader.home()).isEqualTo(3);
  }

  @Test
  void aDispatchersWordFixesTheHomeToo() {
    assertThat(give(ELSEWHERE, FAILED)).isEqualTo(new Ended(FAILED));
    assertThat(reader.home()).isEqualTo(4);
    assertThat(reader.firstStartedOffset()).isEqualTo(-1);
  }

  @Test
  void chunksOfAFenceThatNeverClaimedAreVoid() {
    assertThat(give(ONE, chunk(0, "x"))).isEqualTo(nothing(Reason.UNCLAIMED));
    assertThat(give(ONE, done(-1))).isEqualTo(nothing(Reason.UNCLAIMED));
    assertThat(reader.home()).isEqualTo(-1);
    give(ONE, STARTED);
    assertThat(give(TWO, chunk(0, "x"))).isEqualTo(nothing(Reason.UNCLAIMED));
    assertThat(give(TWO, done(-1))).isEqualTo(nothing(Reason.UNCLAIMED));
    assertThat(reader.text()).isEmpty();
  }

  @Test
  void aDispatcherFailsOrCancelsOverTheHeadOfTheAttempt() {
    emitHel();
    Cancelled cancelled = new Cancelled("asked to");

    assertThat(give(THREE, cancelled)).isEqualTo(new Ended(cancelled));
    assertThat(give(ONE, chunk(2, "lo"))).isEqualTo(nothing(Reason.ENDED));
    assertThat(reader.terminalFence()).isEqualTo(THREE);
    assertThat(reader.text()).isEqualTo("Hel");
  }

  @Test
  void aClaimAloneKeepsTheTextForTheNextAttempt() {
    emitHel();
    give(TWO, STARTED);
    assertThat(reader.text()).isEqualTo("Hel");
    assertThat(reader.hasEmitted()).isTrue();
    assertThat(reader.nextSeq()).isEqualTo(2);

    give(THREE, STARTED);
    give(THREE, resumed(ResumeMode.REPLAY, 2));
    give(THREE, chunk(2, "lo"));
    assertThat(give(THREE, done(2))).isEqualTo(new Ended(done(2)));
    assertThat(reader.text()).isEqualTo("Hello");
  }

  @Test
  void resumingBeyondWhatReadersHaveIsAHole() {
    emitHel();
    give(TWO, STARTED);

    assertThat(give(TWO, resumed(ResumeMode.CONTINUE, 3))).isEqualTo(nothing(Reason.HOLE));
    assertThat(give(TWO, chunk(2, "lo"))).isEqualTo(nothing(Reason.AFTER_HOLE));
  }

  @Test
  void resumingBeforeWhatReadersHaveSkipsTheRepetition() {
    emitHel();
    give(TWO, STARTED);
    give(TWO, resumed(ResumeMode.CONTINUE, 1));

    assertThat(give(TWO, chunk(1, "l"))).isEqualTo(nothing(Reason.DUPLICATE));
    give(TWO, chunk(2, "lo"));
    assertThat(reader.text()).isEqualTo("Hello");
  }

  @Test
  void aRestartDropsTheTextAndCountsOnFromItsSeq() {
    emitHel();
    give(TWO, STARTED);

    assertThat(give(TWO, resumed(ResumeMode.RESTART, 2))).isEqualTo(new Restarted(2, null));
    assertThat(reader.text()).isEmpty();
    assertThat(reader.hasEmitted()).isFalse();
    assertThat(give(TWO, chunk(2, "Bye"))).isEqualTo(new Appended(2, 0, Delta.text("Bye")));
    assertThat(give(TWO, done(2))).isEqualTo(new Ended(done(2)));
    assertThat(reader.text()).isEqualTo("Bye");
  }

  @Test
  void anAttemptMayRestartItsOwnStream() {
    emitHel();

    assertThat(give(ONE, resumed(ResumeMode.RESTART, 0))).isEqualTo(new Restarted(0, null));
    give(ONE, chunk(0, "Bye"));
    assertThat(reader.text()).isEqualTo("Bye");
  }

  @Test
  void anAttemptThatDoesNotResumeBeginsAnewWithItsFirstChunk() {
    emitHel();
    give(TWO, STARTED);

    assertThat(give(TWO, chunk(0, "Bye")))
        .isEqualTo(new Restarted(0, new Appended(0, 0, Delta.text("Bye"))));
    assertThat(reader.text()).isEqualTo("Bye");
  }

  @Test
  void anAttemptThatDoesNotResumeMayEndEmpty() {
    emitHel();
    give(TWO, STARTED);

    assertThat(give(TWO, done(-1))).isEqualTo(new Restarted(0, new Ended(done(-1))));
    assertThat(reader.text()).isEmpty();
  }

  @Test
  void aPlainStartAfterARestartThatSaidNothingCountsFromZero() {
    emitHel();
    give(TWO, STARTED);
    give(TWO, resumed(ResumeMode.RESTART, 2));
    give(THREE, STARTED);

    assertThat(give(THREE, chunk(0, "Bye"))).isEqualTo(new Appended(0, 0, Delta.text("Bye")));
    assertThat(give(THREE, done(0))).isEqualTo(new Ended(done(0)));
  }

  @Test
  void keepsAnswersApart() {
    give(ONE, STARTED);
    give(ONE, new Chunk(0, 0, Delta.text("a")));
    give(ONE, new Chunk(1, 1, Delta.text("b")));
    give(ONE, new Chunk(2, 1, Delta.reasoning("hm")));
    give(
        ONE,
        new Chunk(
            3,
            0,
            new Delta(
                null,
                null,
                "no",
                List.of(new Delta.ToolCall(0, "id", "function", new Delta.Function("f", "{}"))))));

    assertThat(reader.answers()).containsOnlyKeys(0, 1);
    assertThat(reader.answer(1)).isEqualTo(new Delta("b", "hm", null, List.of()));
    assertThat(reader.answer(0).refusal()).isEqualTo("no");
    assertThat(reader.answer(0).toolCalls()).hasSize(1);
    assertThat(reader.answer(7).isEmpty()).isTrue();
  }

  @Test
  void keepsNoMoreTextThanAllowed() {
    ReplyAssembler small = ReplyAssembler.keepingText(4);
    small.accept(0, ONE, STARTED);
    small.accept(1, ONE, chunk(0, "abc"));

    assertThat(small.accept(2, ONE, chunk(1, "de"))).isInstanceOf(Appended.class);
    assertThat(small.isTruncated()).isTrue();
    assertThat(small.text()).isEqualTo("abc");
    assertThat(small.accept(3, ONE, resumed(ResumeMode.RESTART, 2))).isInstanceOf(Restarted.class);
    assertThat(small.isTruncated()).isFalse();
  }

  @Test
  void followsWithoutKeepingText() {
    ReplyAssembler lean = ReplyAssembler.withoutText();
    lean.accept(0, ONE, STARTED);
    lean.accept(1, ONE, chunk(0, "abc"));

    assertThat(lean.text()).isEmpty();
    assertThat(lean.isTruncated()).isFalse();
    assertThat(lean.hasEmitted()).isTrue();
    assertThat(lean.nextSeq()).isEqualTo(1);
  }
}
