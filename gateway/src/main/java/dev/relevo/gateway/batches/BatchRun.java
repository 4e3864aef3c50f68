package dev.relevo.gateway.batches;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.gateway.batches.BatchRecord.Problem;
import dev.relevo.gateway.files.FileStore;
import dev.relevo.gateway.files.StoredFile;
import dev.relevo.operator.batch.BoundedLines;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one batch from wherever it is to its end, in a thread of its own: check the file, run its
 * lines, write the answers, say so. Every step can be taken again by somebody else: what counts
 * stands in {@code relevo.batches} and in the batch's inbox, and the record that names the files is
 * written when they are whole.
 *
 * <p>Two may do so at once. Of two ends the one that stands first in the log counts, for everybody
 * and for ever ({@link BatchLog#append}); who said the other one reads so, and removes its files.
 */
final class BatchRun implements Runnable, BatchFlight.Owner {
  private static final Logger LOG = LoggerFactory.getLogger(BatchRun.class);

  /** How long the group's word is waited for before the batch's end is written. */
  private static final Duration PROOF_BOUND = Duration.ofSeconds(15);

  private static final Duration PROOF_PAUSE = Duration.ofMillis(50);

  /** How long it is waited to read an end that was said, to know whether it is the first. */
  private static final Duration BOOK_BOUND = Duration.ofSeconds(10);

  private static final Duration BOOK_PAUSE = Duration.ofMillis(100);

  private final Tools tools;
  private final Batch batch;
  private final BooleanSupplier holds;
  private volatile boolean stopped;
  private volatile boolean over;
  private volatile boolean broken;
  private volatile @Nullable BatchFlight flight;

  /**
   * One that does not run yet.
   *
   * @param holds whether the group has lately confirmed that the batch is this gateway's
   */
  BatchRun(Tools tools, Batch batch, BooleanSupplier holds) {
    this.tools = tools;
    this.batch = batch;
    this.holds = holds;
  }

  /** What it works with. */
  record Tools(
      KafkaClients clients,
      TopicLayout layout,
      FileStore files,
      BatchBook book,
      BatchLog log,
      BatchLimits limits,
      BatchMeters meters,
      InstantSource clock) {}

  /** Asks it to end soon, without an end of the batch: somebody else goes on. */
  void stop() {
    stopped = true;
  }

  /** Whether its thread is done with it. */
  boolean isOver() {
    return over;
  }

  /** Whether it ended because something went wrong, so that it has to be tried again. */
  boolean isBroken() {
    return broken;
  }

  /** The most jobs that it had under way at once. */
  int mostFlying() {
    BatchFlight last = flight;
    return last == null ? 0 : last.mostFlying();
  }

  /** Jobs that it has under way. */
  int flying() {
    BatchFlight now = flight;
    return over || now == null ? 0 : now.flying();
  }

  @Override
  public void run() {
    try {
      work();
    } catch (IOException | RuntimeException e) {
      goneWrong(e);
    } finally {
      over = true;
    }
  }

  private void goneWrong(Exception e) {
    if (isEndedByNow()) {
      // Whoever has ended it has removed what this one read.
      LOG.info("{} was ended by another gateway: {}", batch.id(), e.getMessage());
      return;
    }
    broken = true;
    if (e instanceof KafkaProblem) {
      LOG.warn("{} rests for a while: {}", batch.id(), e.getMessage());
    } else {
      LOG.error("{} failed and is taken up again after a while", batch.id(), e);
    }
  }

  /** An end is in the log before the inbox goes; the book may read it a moment later. */
  private boolean isEndedByNow() {
    if (latest().isEnded()) {
      return true;
    }
    try {
      awaitRead(tools.log().end(batch.uuid()) - 1);
    } catch (KafkaProblem e) {
      LOG.warn("Whether {} has an end cannot be known now: {}", batch.id(), e.getMessage());
    }
    return latest().isEnded();
  }

  private void work() throws IOException {
    Optional<StoredFile> file = tools.files().findEvenExpired(batch.created().inputFile());
    if (file.isEmpty()) {
      fail(
          List.of(
              new Problem(
                  "file_not_found",
                  "There is no file '%s' any more.".formatted(batch.created().inputFile()),
                  "input_file_id",
                  null)));
      return;
    }
    LineCheck check = check(file.get());
    if (!goesOn()) {
      return;
    }
    BatchRecord.Started started = latest().started();
    if (started == null && latest().cancelAsked() != null) {
      end(nothing(BatchStatus.CANCELLED, List.of()));
    } else if (started == null && !check.problems().isEmpty()) {
      fail(check.problems());
    } else {
      run(file.get(), check, started != null);
    }
  }

  @Override
  public Batch latest() {
    return tools.book().find(batch.uuid()).orElse(batch);
  }

  private LineCheck check(StoredFile file) throws IOException {
    LineCheck check = new LineCheck(new LineReader(batch.created().endpoint()));
    try (BoundedLines lines =
        new BoundedLines(tools.files().open(file), LineCheck.MOST_LINE_BYTES)) {
      for (BoundedLines.Line line = lines.next(); line != null && goesOn(); line = lines.next()) {
        check.take(line);
      }
    }
    return check;
  }

  private void run(StoredFile file, LineCheck check, boolean takenOver) throws IOException {
    int total = check.names().size();
    try (BatchInbox inbox = new BatchInbox(tools.clients(), tools.layout(), batch.uuid())) {
      if (!takenOver) {
        inbox.create();
        append(new BatchRecord.Started(tools.clock().millis(), total, check.model()));
      } else if (!inbox.exists()) {
        fail(
            List.of(
                new Problem(
                    "inbox_gone",
                    "The topic %s with the answers was deleted while the batch ran."
                        .formatted(inbox.topic()),
                    null,
                    null)));
        return;
      }
      BatchFlight.Outcome outcome = fly(file, inbox, total, takenOver);
      if (outcome != BatchFlight.Outcome.STOPPED) {
        write(check.names(), inbox, outcome);
      }
    }
  }

  private BatchFlight.Outcome fly(StoredFile file, BatchInbox inbox, int total, boolean takenOver)
      throws IOException {
    BatchFlight begun = new BatchFlight(tools, batch, total, inbox, this, takenOver);
    flight = begun;
    try (InputStream content = tools.files().open(file)) {
      return begun.run(content);
    }
  }

  @Override
  public boolean goesOn() {
    return !stopped && !latest().isEnded();
  }

  @Override
  public void counted(int completed, int failed) {
    append(new BatchRecord.Counted(completed, failed));
  }

  private void write(LineNames names, BatchInbox inbox, BatchFlight.Outcome outcome) {
    if (latest().finalizing() == null) {
      append(new BatchRecord.Finalizing(tools.clock().millis()));
    }
    boolean cancelled = outcome == BatchFlight.Outcome.CANCELLED || latest().cancelAsked() != null;
    try (AnswerFiles files = new AnswerFiles(batch, names, tools.files(), tools.clock())) {
      BatchRecord.Ended ended = files.write(inbox, cancelled, this::goesOn);
      if (ended == null || !mayEnd()) {
        return;
      }
      files.keep();
      switch (say(ended)) {
        case COUNTS -> {
          tools
              .meters()
              .ended(
                  cancelled ? BatchMeters.Outcome.CANCELLED : BatchMeters.Outcome.EXPIRED,
                  files.unanswered());
          deleteInbox(inbox);
        }
        case VOID -> files.discard();
        case UNKNOWN -> {} // Whoever sweeps will know.
      }
    }
  }

  /** What is left of it dispatchers clear away after a while. */
  private void deleteInbox(BatchInbox inbox) {
    try (Admin admin = tools.clients().admin("relevo-gateway-inbox")) {
      new TopicAdmin(admin, tools.layout(), tools.clients().access().bootstrapServers())
          .delete(List.of(inbox.topic()));
    } catch (KafkaProblem e) {
      LOG.warn("The inbox of {} stays for a while: {}", batch.id(), e.getMessage());
    }
  }

  private void fail(List<Problem> problems) {
    end(nothing(BatchStatus.FAILED, problems));
  }

  private BatchRecord.Ended nothing(BatchStatus status, List<Problem> problems) {
    long now = tools.clock().millis();
    return new BatchRecord.Ended(status, now, 0, 0, 0, 0, 0, null, null, null, null, problems);
  }

  private void end(BatchRecord.Ended ended) {
    if (mayEnd()) {
      say(ended);
    }
  }

  /** Waits until the group confirms whose it is; false when somebody else goes on or has ended. */
  private boolean mayEnd() {
    long untilNanos = System.nanoTime() + PROOF_BOUND.toNanos();
    while (!holds.getAsBoolean() && goesOn()) {
      if (System.nanoTime() - untilNanos > 0) {
        throw new KafkaProblem(
            KafkaProblem.Kind.TIMEOUT, "Kafka does not confirm whose batch it is.", null);
      }
      LockSupport.parkNanos(PROOF_PAUSE.toNanos());
    }
    return goesOn();
  }

  /** What became of an end that was said. */
  private enum Said {
    COUNTS,
    /** Somebody else's stands before it. */
    VOID,
    /** It is in Kafka, and was not read back in time, or the batch is forgotten. */
    UNKNOWN
  }

  private Said say(BatchRecord.Ended ended) {
    long offset = append(ended);
    if (!awaitRead(offset)) {
      return Said.UNKNOWN;
    }
    Optional<Batch> known = tools.book().find(batch.uuid());
    if (known.isEmpty()) {
      // Which end counted is forgotten with it: the files may be those that callers were told of.
      LOG.info("{} was forgotten while it ended", batch.id());
      return Said.UNKNOWN;
    }
    if (!ended.equals(known.get().ended())) {
      LOG.info("{} had been ended by another gateway already", batch.id());
      return Said.VOID;
    }
    LOG.info(
        "{} is {}: {} of {} lines answered",
        batch.id(),
        ended.status().text(),
        ended.completed(),
        ended.total());
    return Said.COUNTS;
  }

  private boolean awaitRead(long offset) {
    int partition = tools.log().partition(batch.uuid());
    long untilNanos = System.nanoTime() + BOOK_BOUND.toNanos();
    try {
      while (!tools.book().await(() -> tools.book().next(partition) > offset, BOOK_PAUSE)) {
        if (stopped || System.nanoTime() - untilNanos > 0) {
          return false;
        }
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private long append(BatchRecord record) {
    return tools.log().append(batch.uuid(), record);
  }
}
