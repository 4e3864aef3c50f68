package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.launcher.BatchTable.Open;
import dev.relevo.launcher.LineStates.State;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class BatchTableTest {
  private static final BatchIds IDS = new BatchIds(new UUID(1, 2));
  private static final UUID A = IDS.line("a");
  private static final Fence FENCE = Fence.parse("0.1.1");

  private final LineStates states = new LineStates();
  private final BatchTable table = new BatchTable(states);
  private long offset = 100;

  private static WantedLine line(String id, String digest) {
    return new WantedLine(
        1, id, BatchFormat.PLAIN, digest, null, List.of(), "default", 5, Lane.BATCH, null, "{}");
  }

  private static Open open(BatchTable table, String digest, long position) {
    return table.open(line("a", digest), A, 0, position);
  }

  private Open take(String job, ReplyRecord reply) {
    ConsumerRecord<String, byte[]> record =
        new ConsumerRecord<>("inbox", 0, offset++, job, MessageCodec.encode(reply));
    MessageCodec.putFence(record.headers(), FENCE);
    return table.take(record);
  }

  private Open answer(String job, String text) {
    take(job, new ReplyRecord.Started("attic"));
    take(job, new ReplyRecord.Chunk(0, Delta.text(text)));
    return take(job, new ReplyRecord.Done(0, FinishReason.STOP, null, "b", "m", 1));
  }

  private static String job(int attempt) {
    return BatchIds.job(A, "00000001", attempt);
  }

  @Test
  void jobIdsAreComputedAndKnownAgain() {
    assertThat(IDS.line("a")).isEqualTo(A).isNotEqualTo(IDS.line("b"));
    assertThat(new BatchIds(new UUID(1, 3)).line("a")).isNotEqualTo(A);
    assertThat(A.version()).isEqualTo(8);
    assertThat(BatchIds.lineOf(job(1))).isEqualTo(A);
    assertThat(BatchIds.lineOf(job(12))).isEqualTo(A);
    assertThat(job(1)).isNotEqualTo(job(2)).hasSizeLessThan(128);
    assertThat(BatchIds.lineOf("\u0001alive")).isNull();
    assertThat(BatchIds.lineOf(A.toString())).isNull();
  }

  @Test
  void aJobEndsOnceAndForItsOwnLine() {
    Open job = open(table, "00000001", 100);
    assertThat(job.flight().answer().lastOffset()).as("it is to be sent").isNegative();
    assertThat(answer("somebody's", "x")).isNull();
    assertThat(answer(BatchIds.job(A, "00000002", 1), "another text")).isNull();

    assertThat(answer(job(1), "hello")).isSameAs(job);
    assertThat(job.flight().answer().text()).isEqualTo("hello");
    assertThat(answer(job(1), "again")).as("it has ended").isNull();
    table.close(job);
    assertThat(table.open()).isEmpty();
    assertThat(table.characters()).isZero();
  }

  @Test
  void anAnswerThatCameWhileNobodyWasThereIsTheLines() {
    assertThat(answer(job(1), "hello")).isNull();
    assertThat(table.low(offset)).as("it is needed yet").isEqualTo(100);

    Open job = open(table, "00000001", offset);

    assertThat(job.flight().answer().isEnded()).isTrue();
    assertThat(job.flight().answer().text()).isEqualTo("hello");
    assertThat(table.low(offset)).isEqualTo(100);
    table.close(job);
    states.put(A, State.PASSED);
    answer(job(1), "a late word");
    assertThat(table.low(offset)).as("what is answered holds nothing up").isEqualTo(offset);
  }

  @Test
  void anAnswerThatHadBegunGoesOn() {
    take(job(1), new ReplyRecord.Started("attic"));
    Open job = open(table, "00000001", offset);
    assertThat(job.flight().answer().lastOffset()).as("nobody has to send it").isEqualTo(100);

    assertThat(take(job(1), new ReplyRecord.Failed("x", "y", 1))).isSameAs(job);
  }

  @Test
  void aLineThatAskedSomethingElseIsAnotherJob() {
    answer(job(1), "hello");
    Open job = open(table, "00000002", offset);
    assertThat(job.flight().answer().isEnded()).isFalse();
    assertThat(job.job()).isNotEqualTo(job(1));
  }

  @Test
  void whatARunOfOursStoppedBeginsUnderTheNextId() {
    take(job(1), new ReplyRecord.Cancelled(BatchWork.WITHDRAWN));
    take(job(2), new ReplyRecord.Cancelled(BatchWork.WITHDRAWN));

    Open job = open(table, "00000001", offset);

    assertThat(job.job()).isEqualTo(job(3));
    assertThat(job.flight().answer().isEnded()).isFalse();
    assertThat(table.low(offset)).as("the next run has to see the cancels").isEqualTo(100);
    assertThat(answer(job(3), "hello")).isSameAs(job);
  }

  @Test
  void whatSomebodyElseStoppedStaysStopped() {
    take(job(1), new ReplyRecord.Cancelled("not wanted"));
    Open job = open(table, "00000001", offset);
    assertThat(job.job()).isEqualTo(job(1));
    assertThat(job.flight().answer().isEnded()).isTrue();
    assertThat(job.flight().isWithdrawn()).isFalse();
  }

  @Test
  void manyLinesAreKnownApart() {
    Random random = new Random(7);
    LineStates many = new LineStates();
    State[] all = State.values();
    for (int i = 0; i < 200_000; i++) {
      many.put(IDS.line("line " + i), all[1 + i % 4]);
    }
    many.put(IDS.line("line 5"), State.PASSED);
    for (int i = 0; i < 10_000; i++) {
      int number = 6 + random.nextInt(199_994);
      assertThat(many.get(IDS.line("line " + number))).isEqualTo(all[1 + number % 4]);
    }
    assertThat(many.get(IDS.line("line 5"))).isEqualTo(State.PASSED);
    assertThat(many.get(IDS.line("line 200000"))).isEqualTo(State.NEW);
  }
}
