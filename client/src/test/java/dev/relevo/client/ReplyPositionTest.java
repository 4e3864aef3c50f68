package dev.relevo.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.ResumeMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Going on after any position gives exactly what came next, whatever the attempts wrote. */
class ReplyPositionTest {
  private static final ReplyPlace PLACE = new ReplyPlace("relevo.inbox.x", 0, 0);
  private static final List<ResumeMode> MODES = List.of(ResumeMode.values());

  private record Written(long offset, Fence fence, ReplyRecord record) {}

  private final List<Written> stream = new ArrayList<>();
  private long offset = 1_000;

  private void write(Fence fence, ReplyRecord record) {
    stream.add(new Written(offset, fence, record));
    // In an inbox those of others stand between.
    offset += 1 + stream.size() % 3;
  }

  private static Fence fence(long attempt) {
    return new Fence(0, 1, attempt);
  }

  private static ReplyRecord chunk(long seq, String text) {
    return new ReplyRecord.Chunk(seq, Delta.text(text));
  }

  private static ReplyRecord done(long seq) {
    return new ReplyRecord.Done(seq, FinishReason.STOP, null, "b", "m", 1);
  }

  private static OpenJob job(long after, ChunkBuffer buffer) {
    return new OpenJob("job", PLACE, Long.MAX_VALUE, after, 1_000_000, buffer, Runnable::run);
  }

  /** What a subscriber is given who is never late. */
  private List<ReplyChunk> given(long after) {
    ChunkBuffer buffer = new ChunkBuffer(1_000);
    OpenJob job = job(after, buffer);
    List<ReplyChunk> given = new ArrayList<>();
    for (Written one : stream) {
      job.take(one.offset, 5_000 + one.offset, one.fence, one.record);
      drain(buffer, given);
    }
    return given;
  }

  /** What one is given who comes when all is written, with room for few pieces. */
  private List<ReplyChunk> givenLate(long after) {
    ChunkBuffer buffer = new ChunkBuffer(1);
    OpenJob job = job(after, buffer);
    stream.forEach(one -> job.take(one.offset, 5_000 + one.offset, one.fence, one.record));
    List<ReplyChunk> given = new ArrayList<>();
    drain(buffer, given);
    return given;
  }

  private static void drain(ChunkBuffer buffer, List<ReplyChunk> into) {
    for (ReplyChunk chunk = buffer.poll(); chunk != null; chunk = buffer.poll()) {
      into.add(chunk);
    }
  }

  private static Map<Integer, String> texts(List<ReplyChunk> chunks) {
    Map<Integer, String> texts = new TreeMap<>();
    for (ReplyChunk chunk : chunks) {
      switch (chunk) {
        case ReplyChunk.Restart restart -> texts.clear();
        case ReplyChunk.Piece piece -> texts.merge(piece.index(), piece.text(), String::concat);
      }
    }
    return texts;
  }

  private int goesOnExactlyAfterEachPosition() {
    List<ReplyChunk> all = given(-1);
    for (int cut = 0; cut < all.size(); cut++) {
      List<ReplyChunk> before = all.subList(0, cut + 1);
      long position = before.getLast().position();
      List<ReplyChunk> joined = new ArrayList<>(before);
      joined.addAll(given(position));
      if (before.getLast() instanceof ReplyChunk.Restart) {
        // It may be told again, which takes back nothing.
        assertThat(texts(joined)).isEqualTo(texts(all));
      } else {
        assertThat(joined).isEqualTo(all);
      }
      List<ReplyChunk> late = new ArrayList<>(before);
      late.addAll(givenLate(position));
      assertThat(texts(late)).isEqualTo(texts(all));
    }
    return all.size();
  }

  @Test
  void afterTakeOversOfEachKind() {
    write(fence(0), new ReplyRecord.Started("a"));
    write(fence(0), chunk(0, "A"));
    write(fence(0), chunk(1, "B"));
    write(fence(1), new ReplyRecord.Started("b"));
    write(fence(0), chunk(2, "void"));
    write(fence(1), new ReplyRecord.Resumed(ResumeMode.CONTINUE, 2));
    write(fence(1), chunk(2, "C"));
    write(fence(2), new ReplyRecord.Started("c"));
    write(fence(2), new ReplyRecord.Resumed(ResumeMode.REPLAY, 3));
    write(fence(2), chunk(2, "again"));
    write(fence(2), chunk(3, "D"));
    write(fence(3), new ReplyRecord.Started("d"));
    write(fence(3), new ReplyRecord.Resumed(ResumeMode.RESTART, 4));
    write(fence(3), chunk(4, "x"));
    write(fence(3), chunk(5, "y"));
    write(fence(4), new ReplyRecord.Started("e"));
    write(fence(4), chunk(0, "X"));
    write(fence(4), chunk(1, "Y"));
    write(fence(4), done(1));

    assertThat(texts(given(-1))).containsExactly(Map.entry(0, "XY"));
    goesOnExactlyAfterEachPosition();
  }

  @Test
  void whatEndsAnAnswerHasItsPositionToo() {
    write(fence(0), new ReplyRecord.Started("a"));
    write(fence(0), chunk(0, "A"));
    write(fence(0), done(0));
    OpenJob whole = job(-1, new ChunkBuffer(1));
    stream.forEach(one -> whole.take(one.offset, 5_000 + one.offset, one.fence, one.record));
    assertThat(whole.result().join().position()).isEqualTo(stream.getLast().offset);
    assertThat(whole.times())
        .isEqualTo(
            new AnswerTimes(
                5_000 + stream.get(0).offset,
                5_000 + stream.get(1).offset,
                5_000 + stream.get(2).offset));

    OpenJob failed = job(-1, new ChunkBuffer(1));
    failed.take(7, 70, fence(0), new ReplyRecord.Failed("node_lost", "It is gone.", 1));
    assertThat(failed.result().exceptionNow())
        .isInstanceOfSatisfying(JobException.class, e -> assertThat(e.position()).isEqualTo(7));
    assertThat(new JobException("x", "y").position()).isEqualTo(JobException.NO_POSITION);
  }

  @Test
  void whoComesAfterTheEndIsGivenNothingAndTheResultIsWhole() {
    write(fence(0), new ReplyRecord.Started("a"));
    write(fence(0), chunk(0, "A"));
    write(fence(0), done(0));
    ChunkBuffer buffer = new ChunkBuffer(10);
    OpenJob late = job(stream.getLast().offset, buffer);
    stream.forEach(one -> late.take(one.offset, 5_000 + one.offset, one.fence, one.record));

    assertThat(buffer.take()).isNull();
    assertThat(late.result().join().text()).isEqualTo("A");
  }

  @Test
  void whateverIsWritten() {
    int positions = 0;
    for (int seed = 0; seed < 2_000; seed++) {
      stream.clear();
      offset = 0;
      Random random = new Random(seed);
      writeAnything(random);
      try {
        positions += goesOnExactlyAfterEachPosition();
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + stream, e);
      }
    }
    assertThat(positions).isGreaterThan(4_000);
  }

  /** Attempts one after the other, most of them as they should be; the late ones write on. */
  private void writeAnything(Random random) {
    int attempts = 1 + random.nextInt(5);
    long seq = 0;
    for (int attempt = 0; attempt < attempts; attempt++) {
      write(fence(attempt), new ReplyRecord.Started("n"));
      if (attempt > 0 && random.nextInt(4) > 0) {
        ResumeMode mode = MODES.get(random.nextInt(MODES.size()));
        write(fence(attempt), new ReplyRecord.Resumed(mode, seq));
      } else {
        seq = 0;
      }
      for (int records = random.nextInt(8); records > 0; records--) {
        int odd = random.nextInt(12);
        Fence by = odd == 0 ? fence(random.nextInt(attempt + 1)) : fence(attempt);
        long at = odd == 1 ? random.nextInt(6) : seq;
        String text = Character.toString('a' + random.nextInt(26));
        int index = random.nextInt(8) == 0 ? 1 : 0;
        write(by, new ReplyRecord.Chunk(at, index, Delta.text(text)));
        seq += odd == 0 || odd == 1 ? 0 : 1;
      }
    }
    if (random.nextBoolean()) {
      write(fence(attempts - 1), done(seq - 1));
    }
  }
}
