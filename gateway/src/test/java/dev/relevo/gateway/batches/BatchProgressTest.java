package dev.relevo.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.reply.ReplyAssembler;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class BatchProgressTest {
  private static final String BATCH = "01997f6e-4b1c-7d50-8a43-0f6b8a0c5d11";
  private static final ReplyRecord STARTED = new ReplyRecord.Started("attic");
  private static final ReplyRecord FAILED = new ReplyRecord.Failed("backend_error", "x", 3);

  private final List<String> ended = new ArrayList<>();
  private final BatchProgress progress =
      new BatchProgress(
          BATCH,
          3,
          () -> ReplyAssembler.keepingText(100),
          (line, answer) -> ended.add(line + " " + answer.text()));
  private long offset;

  private static ReplyRecord chunk(long seq, String text) {
    return new ReplyRecord.Chunk(seq, Delta.text(text));
  }

  private static ReplyRecord done(long seq) {
    return new ReplyRecord.Done(seq, FinishReason.STOP, null, "ollama", "m", 1);
  }

  private void take(String job, int attempt, ReplyRecord... records) {
    for (ReplyRecord record : records) {
      RecordHeaders headers = new RecordHeaders();
      MessageCodec.putFence(headers, Fence.parse("0.1." + attempt));
      ConsumerRecord<String, byte[]> plain =
          new ConsumerRecord<>("inbox", 0, offset++, job, MessageCodec.encode(record));
      headers.forEach(plain.headers()::add);
      progress.take(plain);
    }
  }

  @Test
  void countsEveryLineOnce() {
    take(BATCH + "-1", 1, STARTED, chunk(0, "a"));
    take(BATCH + "-3", 2, STARTED, FAILED, FAILED);
    assertThat(progress.nextOpen(0)).isEqualTo(1);
    take(BATCH + "-1", 1, done(0), done(0));
    take(BATCH + "-1", 3, STARTED, FAILED);

    assertThat(ended).containsExactly("3 ", "1 a");
    assertThat(progress.completed()).isEqualTo(1);
    assertThat(progress.failed()).isEqualTo(1);
    assertThat(progress.hasEnded(1)).isTrue();
    assertThat(progress.hasEnded(2)).isFalse();
    assertThat(progress.nextOpen(0)).isEqualTo(2);
    assertThat(progress.allEnded()).isFalse();

    take(BATCH + "-2", 4, STARTED, chunk(0, "b"), done(0));
    assertThat(progress.allEnded()).isTrue();
    assertThat(progress.nextOpen(0)).isGreaterThan(progress.total());
  }

  @Test
  void anAttemptThatWasOvertakenCountsForNothing() {
    take(BATCH + "-1", 1, STARTED, chunk(0, "old"));
    take(BATCH + "-1", 2, STARTED, chunk(0, "new"));
    take(BATCH + "-1", 1, done(0));
    assertThat(ended).isEmpty();
    take(BATCH + "-1", 2, done(0));

    assertThat(ended).containsExactly("1 new");
  }

  @Test
  void whatIsNoJobOfTheBatchIsPassedOver() {
    for (String job :
        List.of(
            "other-1",
            BATCH,
            BATCH + "-",
            BATCH + "-0",
            BATCH + "-4",
            BATCH + "-01",
            BATCH + "-x",
            BATCH + "-99999999999",
            "\u0001alive")) {
      take(job, 1, STARTED, FAILED);
    }
    progress.take(new ConsumerRecord<>("inbox", 0, offset, null, new byte[0]));

    assertThat(ended).isEmpty();
    assertThat(progress.failed()).isZero();
  }
}
