package dev.relevo.simulation;

import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.reply.ReplyAssembler;
import dev.relevo.common.reply.ReplyStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One job's records in one reply place, with a live reader, one that prints what it is told step by
 * step, one that somebody else wrote, and late ones.
 */
final class Stream {
  private static final long MOST_TEXT = 1 << 16;

  private final World world;
  private final Truth truth;
  private final Place place;
  private final long from;
  private final List<SimRecord> records = new ArrayList<>();
  private final ReplyAssembler live = ReplyAssembler.keepingText(MOST_TEXT);
  private final PlainReader plain = new PlainReader();
  private final StringBuilder printed = new StringBuilder();
  private boolean gone;

  /**
   * @param from where its readers begin
   */
  Stream(World world, Truth truth, Place place, long from) {
    this.world = world;
    this.truth = truth;
    this.place = place;
    this.from = from;
  }

  void append(SimRecord record) {
    Fence fence = Objects.requireNonNull(record.fence());
    ReplyRecord reply = record.value(ReplyRecord.class);
    records.add(record);
    boolean wasEnded = live.isEnded();
    ReplyStep step = live.accept(record.offset(), fence, reply);
    plain.read(fence, reply);
    print(step);
    agree("a reader that prints", printed.toString(), live.terminal());
    agree("a reader by the page", plain.text(), plain.end());
    if (!truth.isBeginning(live.text())) {
      throw new Violation(
          Invariant.WHOLE_TEXT,
          "job "
              + truth.job.id()
              + ": readers have '"
              + live.text()
              + "', models said "
              + truth.answers);
    }
    if (live.isEnded() && (!wasEnded || records.size() % 7 == 0)) {
      ended();
    }
  }

  private void print(ReplyStep step) {
    switch (step) {
      case ReplyStep.Appended appended -> {
        String content = appended.delta().content();
        printed.append(content == null ? "" : content);
      }
      case ReplyStep.Restarted restarted -> {
        if (truth.job.failover() != Failover.RESTART && !printed.isEmpty()) {
          throw new Violation(
              Invariant.FAILOVER_OBEYED,
              "job "
                  + truth.job.id()
                  + " allows no restart, and its text '"
                  + printed
                  + "' is taken back");
        }
        printed.setLength(0);
        ReplyStep then = restarted.then();
        if (then != null) {
          print(then);
        }
      }
      case ReplyStep.Claimed _, ReplyStep.Ended _, ReplyStep.Nothing _ -> {}
    }
  }

  private void ended() {
    if (live.terminal() instanceof ReplyRecord.Done && !truth.answers.contains(live.text())) {
      throw new Violation(
          Invariant.WHOLE_TEXT,
          "job "
              + truth.job.id()
              + " is done with '"
              + live.text()
              + "', models said "
              + truth.answers);
    }
    late(records.getFirst().offset(), false);
    late(Math.max(0, live.firstStartedOffset()), false);
    late(records.getFirst().offset(), true);
  }

  /** A reader that comes late, from a start of its own; it may read some records again. */
  void late(long from, boolean stumbles) {
    ReplyAssembler late = ReplyAssembler.keepingText(MOST_TEXT);
    for (int i = 0; i < records.size(); i++) {
      SimRecord record = records.get(i);
      if (record.offset() >= from) {
        read(late, record);
        if (stumbles && i % 3 == 2) {
          read(late, records.get(i - 2));
          read(late, record);
        }
      }
    }
    agree("a late reader", late.text(), late.terminal());
  }

  private void read(ReplyAssembler reader, SimRecord record) {
    Fence fence = Objects.requireNonNull(record.fence());
    Fence current = reader.fence();
    boolean flawed = world.flaw == Flaw.READER_IGNORES_FENCES;
    boolean claims = record.value() instanceof ReplyRecord.Started;
    reader.accept(
        record.offset(),
        flawed && !claims && current != null ? current : fence,
        record.value(ReplyRecord.class));
  }

  private void agree(String who, String text, @Nullable ReplyRecord terminal) {
    if (!text.equals(live.text()) || !Objects.equals(terminal, live.terminal())) {
      throw new Violation(
          Invariant.ONE_ANSWER,
          "job "
              + truth.job.id()
              + " in "
              + place
              + ": a live reader has '"
              + live.text()
              + "' and "
              + live.terminal()
              + ", "
              + who
              + " has '"
              + text
              + "' and "
              + terminal);
    }
  }

  /** Where its readers begin. */
  long from() {
    return from;
  }

  List<SimRecord> records() {
    return records;
  }

  ReplyAssembler live() {
    return live;
  }

  void vanish() {
    gone = true;
  }

  boolean isGone() {
    return gone;
  }
}
