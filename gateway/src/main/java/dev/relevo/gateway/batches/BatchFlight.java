package dev.relevo.gateway.batches;

import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.reply.ReplyAssembler;
import dev.relevo.operator.batch.BoundedLines;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.BitSet;
import java.util.List;

/**
 * Runs the jobs of a batch, so many at a time, in one thread: reads lines while there is room, and
 * takes what the inbox brings. Whatever becomes of this process, the next one reads the inbox from
 * its beginning and sends, under the same ids, what has not ended there. What was sent before runs
 * nothing a second time: dispatchers know the ids of what runs, and, for longer than a batch may
 * take, of what has ended.
 *
 * <p>Lines are sent in their order and at most {@link BatchLimits#MOST_WINDOW} are under way. So
 * what an earlier owner has sent and has not ended is among the first so many lines that have not
 * ended: these are cancelled where it is not known what was sent.
 */
final class BatchFlight {
  /** Characters of requests that Kafka has not acknowledged, beyond which no line is read. */
  private static final long MOST_CHARACTERS = 16L << 20;

  private static final Duration POLL = Duration.ofMillis(100);

  /** How long lines are read before the inbox is looked at again. */
  private static final Duration FILL = Duration.ofMillis(100);

  private static final Duration TICK = Duration.ofSeconds(1);

  /** How long after the deadline, or without news after a cancel, ends are waited for. */
  private static final Duration GRACE = Duration.ofMinutes(1);

  private final Batch batch;
  private final BatchInbox inbox;
  private final Owner owner;
  private final InstantSource clock;
  private final BatchLimits limits;
  private final boolean takenOver;
  private final LineReader reader;
  private final BatchProgress progress;
  private final BitSet flying = new BitSet();
  private final BatchMeters meters;
  private volatile int underWay;
  private volatile int mostFlying;
  private boolean readsNews;
  private int sent;
  private int told = -1;
  private long tickNanos = System.nanoTime();
  private long newsNanos = tickNanos;
  private boolean cancelling;

  /**
   * Begins.
   *
   * @param takenOver whether somebody else may have sent jobs of it
   */
  BatchFlight(
      BatchRun.Tools tools,
      Batch batch,
      int total,
      BatchInbox inbox,
      Owner owner,
      boolean takenOver) {
    this.batch = batch;
    this.inbox = inbox;
    this.owner = owner;
    this.clock = tools.clock();
    this.limits = tools.limits();
    this.takenOver = takenOver;
    this.meters = tools.meters();
    this.reader = new LineReader(batch.created().endpoint());
    this.progress =
        new BatchProgress(batch.uuid(), total, ReplyAssembler::withoutText, this::ended);
  }

  /** Whose batch it is. */
  interface Owner {
    /** The batch as it is now. */
    Batch latest();

    /** Whether to go on. */
    boolean goesOn();

    /** So many lines have an answer, and so many will have none; told about once a second. */
    void counted(int completed, int failed);
  }

  /** How it came to its end. */
  enum Outcome {
    ALL_ENDED,
    EXPIRED,
    CANCELLED,
    /** Somebody else goes on with it. */
    STOPPED
  }

  /** Runs what has not ended. */
  Outcome run(InputStream file) {
    if (!inbox.readAll(progress::take, owner::goesOn)) {
      return Outcome.STOPPED;
    }
    readsNews = true;
    BoundedLines lines = new BoundedLines(file, LineCheck.MOST_LINE_BYTES);
    boolean more = owner.latest().finalizing() == null;
    while (owner.goesOn()) {
      boolean late = clock.millis() >= batch.created().expiresAtMs();
      if (!cancelling && owner.latest().cancelAsked() != null) {
        cancel();
      }
      boolean full = true;
      if (more && !late && !cancelling) {
        full = fill(lines);
      }
      if (progress.allEnded()) {
        return Outcome.ALL_ENDED;
      }
      if (cancelling && isQuiet()) {
        return Outcome.CANCELLED;
      }
      if ((late || !more) && isOver()) {
        return Outcome.EXPIRED;
      }
      if (inbox.poll(full ? POLL : Duration.ZERO, progress::take) || inbox.hasOpenCancels()) {
        newsNanos = System.nanoTime();
      }
      tick();
    }
    return Outcome.STOPPED;
  }

  /**
   * Sends lines while there is room.
   *
   * @return false when more can be sent at once
   */
  private boolean fill(BoundedLines lines) {
    long untilNanos = System.nanoTime() + FILL.toNanos();
    while (sent < progress.total()
        && flying.cardinality() < limits.window()
        && inbox.unacknowledgedCharacters() < MOST_CHARACTERS) {
      BoundedLines.Line line = next(lines);
      if (line.isBlank()) {
        continue;
      }
      sent++;
      if (!progress.hasEnded(sent)) {
        send(sent, line);
      }
      if (System.nanoTime() - untilNanos > 0) {
        return false;
      }
    }
    return true;
  }

  private BoundedLines.Line next(BoundedLines lines) {
    try {
      BoundedLines.Line line = lines.next();
      if (line == null) {
        throw new IllegalStateException(
            "the file of %s has only %d lines, and had %d when it was checked"
                .formatted(batch.id(), sent, progress.total()));
      }
      return line;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void send(int number, BoundedLines.Line line) {
    if (!(reader.read(line) instanceof LineReader.Wanted wanted)) {
      throw new IllegalStateException(
          "line %d of %s was good when it was checked".formatted(line.number(), batch.id()));
    }
    flying.set(number);
    underWay = flying.cardinality();
    mostFlying = Math.max(mostFlying, underWay);
    JobHeaders headers =
        new JobHeaders(
            new ReplyPlace(inbox.topic(), 0, inbox.position()),
            wanted.model(),
            List.of(),
            null,
            null,
            null,
            batch.created().tenant(),
            JobHeaders.DEFAULT_PRIORITY,
            batch.created().expiresAtMs(),
            Failover.SEAMLESS,
            null,
            null,
            null);
    inbox.send(BatchProgress.job(batch.uuid(), number), headers, wanted.body());
  }

  private void cancel() {
    cancelling = true;
    newsNanos = System.nanoTime();
    int asked = 0;
    for (int line = progress.nextOpen(0);
        line <= progress.total() && asked < BatchLimits.MOST_WINDOW;
        line = progress.nextOpen(line)) {
      if (takenOver || flying.get(line)) {
        asked++;
        inbox.cancel(BatchProgress.job(batch.uuid(), line), "the batch was cancelled");
      }
    }
  }

  /** Whether nothing more is to be expected after a cancel. */
  private boolean isQuiet() {
    if (flying.isEmpty() && !takenOver) {
      return true;
    }
    Duration grace = flying.isEmpty() ? limits.quiet() : GRACE;
    return System.nanoTime() - newsNanos > grace.toNanos();
  }

  /** Whether nothing more is to be expected after the deadline. */
  private boolean isOver() {
    boolean known = flying.isEmpty() && !takenOver;
    return known || clock.millis() >= batch.created().expiresAtMs() + GRACE.toMillis();
  }

  private void tick() {
    long now = System.nanoTime();
    if (now - tickNanos < TICK.toNanos()) {
      return;
    }
    tickNanos = now;
    inbox.sendAgain();
    int ended = progress.completed() + progress.failed();
    if (ended != told) {
      told = ended;
      owner.counted(progress.completed(), progress.failed());
    }
  }

  private void ended(int line, ReplyAssembler answer) {
    flying.clear(line);
    underWay = flying.cardinality();
    // What had ended before was counted by whoever had the batch then.
    if (readsNews) {
      meters.ended(answer.terminal());
    }
  }

  /** Jobs that are under way. */
  int flying() {
    return underWay;
  }

  /** The most jobs that were under way at once. */
  int mostFlying() {
    return mostFlying;
  }
}
