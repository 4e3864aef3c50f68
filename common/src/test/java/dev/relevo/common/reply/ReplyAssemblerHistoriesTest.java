package dev.relevo.common.reply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.ReplyRecord.Chunk;
import dev.relevo.common.protocol.ResumeMode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random histories: attempts that die anywhere, go on behind a newer one, restart or lose chunks,
 * all interleaved in one partition. Whoever reads it, however, gets the same answer, and a screen
 * that only does what the steps say shows that answer.
 */
class ReplyAssemblerHistoriesTest {
  private static final int HISTORIES = 20_000;

  private record Entry(Fence fence, ReplyRecord record) {}

  @Test
  void everyReaderOfARandomHistoryComputesTheSameAnswer() {
    for (int seed = 0; seed < HISTORIES; seed++) {
      List<Entry> log = history(new Random(seed));
      ReplyAssembler live = ReplyAssembler.keepingText(10_000);
      Screen screen = new Screen();
      Random rereads = new Random(seed);
      for (int offset = 0; offset < log.size(); offset++) {
        screen.show(live.accept(offset, log.get(offset).fence, log.get(offset).record));
        int again = rereads.nextInt(offset + 1);
        screen.show(live.accept(again, log.get(again).fence, log.get(again).record));
      }
      ReplyAssembler late = ReplyAssembler.keepingText(10_000);
      ReplyAssembler lean = ReplyAssembler.withoutText();
      for (int offset = 0; offset < log.size(); offset++) {
        late.accept(offset, log.get(offset).fence, log.get(offset).record);
        lean.accept(offset, log.get(offset).fence, log.get(offset).record);
      }

      String history = "seed " + seed + ": " + log;
      assertThat(late.text()).as(history).isEqualTo(live.text());
      assertThat(screen.text.toString()).as(history).isEqualTo(live.text());
      assertThat(late.terminal()).as(history).isSameAs(live.terminal());
      assertThat(lean.terminal()).as(history).isSameAs(live.terminal());
      assertThat(screen.ends).as(history).isEqualTo(live.isEnded() ? 1 : 0);
      assertThat(lean.nextSeq()).as(history).isEqualTo(live.nextSeq());
      whole(screen, history);
    }
  }

  /** Every chunk is one letter, so what is shown and the numbers it came with must agree. */
  private static void whole(Screen screen, String history) {
    for (int i = 1; i < screen.seqs.size(); i++) {
      assertThat(screen.seqs.get(i)).as(history).isEqualTo(screen.seqs.get(i - 1) + 1);
    }
    assertThat(screen.seqs).as(history).hasSize(screen.text.length());
  }

  private static List<Entry> history(Random random) {
    List<Queue<Entry>> writers = new ArrayList<>();
    int attempts = 1 + random.nextInt(4);
    for (int attempt = 0; attempt < attempts; attempt++) {
      int home = random.nextInt(12) == 0 ? 1 : 0;
      writers.add(attempt(new Fence(home, random.nextInt(2), attempt), attempt, random));
    }
    List<Entry> log = new ArrayList<>();
    while (!writers.isEmpty()) {
      int next = random.nextInt(3) == 0 ? random.nextInt(writers.size()) : 0;
      log.add(writers.get(next).remove());
      writers.removeIf(Queue::isEmpty);
    }
    return log;
  }

  private static Queue<Entry> attempt(Fence fence, int attempt, Random random) {
    Queue<Entry> records = new ArrayDeque<>();
    if (random.nextInt(10) == 0) {
      records.add(new Entry(fence, new ReplyRecord.Failed("node_lost", "dispatcher", 1)));
      return records;
    }
    records.add(new Entry(fence, new ReplyRecord.Started("n" + attempt)));
    int seq = 0;
    if (attempt > 0 && random.nextInt(4) != 0) {
      seq = random.nextInt(6);
      ResumeMode mode = List.of(ResumeMode.values()).get(random.nextInt(3));
      records.add(new Entry(fence, new ReplyRecord.Resumed(mode, seq)));
    }
    String letter = String.valueOf((char) ('a' + attempt));
    int chunks = random.nextInt(6);
    for (int chunk = 0; chunk < chunks; chunk++) {
      if (random.nextInt(15) == 0) {
        seq++;
      }
      records.add(new Entry(fence, new Chunk(seq, Delta.text(letter))));
      seq += random.nextInt(15) == 0 ? 0 : 1;
    }
    switch (random.nextInt(4)) {
      case 0 -> records.add(new Entry(fence, new ReplyRecord.Failed("x", "node", 1)));
      case 1 -> records.add(new Entry(fence, new ReplyRecord.Cancelled("asked to")));
      case 2 ->
          records.add(
              new Entry(
                  fence, new ReplyRecord.Done(seq - 1, FinishReason.STOP, null, "b", "m", 1)));
      default -> {
        // The node died before it said how it ended.
      }
    }
    return records;
  }

  private static final class Screen {
    private final StringBuilder text = new StringBuilder();
    private final List<Long> seqs = new ArrayList<>();
    private int ends;

    private void show(ReplyStep step) {
      switch (step) {
        case ReplyStep.Nothing nothing -> {}
        case ReplyStep.Claimed claimed -> {}
        case ReplyStep.Appended appended -> {
          text.append(appended.delta().content());
          seqs.add(appended.seq());
        }
        case ReplyStep.Restarted restarted -> {
          text.setLength(0);
          seqs.clear();
          if (restarted.then() != null) {
            show(restarted.then());
          }
        }
        case ReplyStep.Ended ended -> ends++;
      }
    }
  }
}
