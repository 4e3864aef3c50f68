package dev.relevo.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.launcher.BatchTable.Open;
import dev.relevo.launcher.LineStates.State;
import dev.relevo.operator.batch.BoundedLines;
import dev.relevo.operator.batch.OpenAiLines;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.jspecify.annotations.Nullable;

/**
 * Runs the jobs of a file, so many at a time, in one thread: read lines while there is room, take
 * what the inbox brings, write what has ended. Whatever happens to this process, the next one goes
 * on from three things: the answers that are written, the journal beside them, and the inbox.
 *
 * <ul>
 *   <li>A line's answer is written, once, when its job has ended. A line with an answer is never
 *       looked at again.
 *   <li>Job ids are computed ({@link BatchIds}), so sending a job that an earlier run has sent runs
 *       nothing; its answer comes to the same inbox.
 *   <li>The journal says from where on the inbox has to be read: no record of a job without an
 *       answer stands before that. It is written after the answers it speaks of.
 *   <li>Ctrl-C cancels what is under way. An id that was cancelled will not run again, so the next
 *       run, which finds the cancel in the inbox, gives the line the next id.
 * </ul>
 */
final class BatchWork {
  /** The reason for which Ctrl-C cancels; the next run knows its own by it. */
  static final String WITHDRAWN = "submit --file was stopped; run again, it starts this job anew";

  /** Characters of requests under way, beyond which no line is read. */
  private static final long MOST_CHARACTERS = 64L << 20;

  private static final Duration POLL = Duration.ofMillis(200);

  /** How long lines are read before the inbox is looked at again. */
  private static final Duration FILL = Duration.ofMillis(200);

  /** Lines of a file come at once; a pipe's may take for ever. */
  private static final Duration LINE_WAIT = Duration.ofMillis(10);

  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration ALIVE = Duration.ofMinutes(10);
  private static final Duration SCAN_BOUND = Duration.ofSeconds(60);

  /** How long it waits after Ctrl-C for jobs to end. */
  private static final Duration STOP_BOUND = Duration.ofSeconds(10);

  /** How long after its deadline the end of a job is still waited for. */
  private static final Duration GRACE = Duration.ofMinutes(1);

  private static final Duration JOBS_DEADLINE = Duration.ofMinutes(15);
  private static final Duration BATCH_DEADLINE = Duration.ofHours(24);

  private final Tools tools;
  private final int inFlight;
  private final BatchTable table;
  private final BatchEndings endings;
  private boolean linesEnded;
  private boolean stopping;
  private @Nullable String preferredModel;
  private long tickNanos = System.nanoTime();
  private long aliveNanos = tickNanos;
  private long acknowledged;

  BatchWork(Tools tools, int inFlight) {
    this.tools = tools;
    this.inFlight = inFlight;
    this.table = new BatchTable(tools.states());
    this.endings =
        new BatchEndings(tools.states(), table, tools.answers(), tools.sink(), tools.report());
  }

  /**
   * What it works with.
   *
   * @param ids of this batch
   * @param states what is known of the lines
   * @param save keeps for the next run from where on the inbox has to be read
   * @param preferred finds a model for jobs that name none
   * @param stop whether to stop
   * @param clock tells when a job is late
   */
  record Tools(
      BatchIds ids,
      LineStates states,
      LineFeed lines,
      BatchParser parser,
      BatchInbox inbox,
      AnswerSink sink,
      BatchAnswers answers,
      BatchReport report,
      BatchWatch watch,
      LongConsumer save,
      Supplier<String> preferred,
      Supplier<Boolean> stop,
      InstantSource clock) {}

  /** Reads what an earlier run has left in the inbox. */
  void recall() {
    long end = tools.inbox().end();
    long untilNanos = System.nanoTime() + SCAN_BOUND.toNanos();
    while (tools.inbox().position() < end) {
      if (poll(POLL)) {
        untilNanos = System.nanoTime() + SCAN_BOUND.toNanos();
      } else if (System.nanoTime() - untilNanos > 0) {
        throw new KafkaProblem(
            KafkaProblem.Kind.TIMEOUT,
            "The inbox %s could not be read within %d s: run it again."
                .formatted(tools.inbox().topic(), SCAN_BOUND.toSeconds()),
            null);
      }
    }
  }

  /**
   * Runs all jobs.
   *
   * @return false when it was stopped before
   */
  boolean run() throws IOException {
    save();
    tools.inbox().tellAlive();
    while (true) {
      boolean more = fill();
      if (tools.stop().get()) {
        withdraw();
        return false;
      }
      if (linesEnded && table.open().isEmpty()) {
        save();
        return true;
      }
      poll(more ? Duration.ZERO : POLL);
      tick();
    }
  }

  /**
   * Reads lines while there is room.
   *
   * @return whether there are more at once
   */
  private boolean fill() throws IOException {
    long untilNanos = System.nanoTime() + FILL.toNanos();
    while (!linesEnded
        && table.open().size() < inFlight
        && table.characters() < MOST_CHARACTERS
        && !tools.stop().get()) {
      BoundedLines.Line line = tools.lines().next(LINE_WAIT);
      linesEnded = tools.lines().hasEnded();
      if (line == null) {
        return false;
      }
      if (!line.isBlank()) {
        begin(tools.parser().parse(line));
      }
      if (System.nanoTime() - untilNanos > 0) {
        return true;
      }
    }
    return false;
  }

  private void begin(BatchLine line) {
    UUID key = tools.ids().line(line.id());
    switch (tools.states().get(key)) {
      case NEW -> begin(line, key);
      case DONE, FAILED -> {
        tools.report().before(tools.states().get(key) == State.DONE);
        tools.states().put(key, State.PASSED);
      }
      case OPEN, PASSED ->
          tools
              .report()
              .wrong(line, "the id '" + line.id() + "' stood further up; this line is left out");
    }
  }

  private void begin(BatchLine line, UUID key) {
    switch (line) {
      case BrokenLine broken -> endings.broken(broken, key);
      case WantedLine wanted -> {
        tools.states().put(key, State.OPEN);
        Open job = table.open(wanted, key, giveUpAtMs(wanted), tools.inbox().position());
        if (job.flight().answer().isEnded()) {
          ended(job);
        } else if (job.flight().answer().lastOffset() < 0) {
          send(job);
        }
      }
    }
  }

  private long giveUpAtMs(WantedLine line) {
    return tools.clock().millis() + time(line).plus(GRACE).toMillis();
  }

  private static Duration time(WantedLine line) {
    Duration asked = line.deadline();
    if (asked != null) {
      return asked;
    }
    return line.lane() == Lane.BATCH ? BATCH_DEADLINE : JOBS_DEADLINE;
  }

  /** Its time counts from here on, also where an earlier job for the line was sent. */
  private void send(Open job) {
    WantedLine line = job.line();
    job.expectBy(giveUpAtMs(line));
    JobHeaders headers =
        new JobHeaders(
            new ReplyPlace(tools.inbox().topic(), 0, tools.inbox().position()),
            model(line),
            line.fallbacks(),
            null,
            null,
            null,
            line.tenant(),
            line.priority(),
            line.deadline() == null ? null : tools.clock().millis() + line.deadline().toMillis(),
            Failover.SEAMLESS,
            null,
            null,
            null);
    tools.inbox().send(job.job(), line.lane(), headers, line.body().getBytes(UTF_8));
  }

  private String model(WantedLine line) {
    if (line.model() != null) {
      return line.model();
    }
    if (preferredModel == null) {
      preferredModel = tools.preferred().get();
      tools
          .report()
          .say("Jobs that name no model go to " + PlainText.line(preferredModel, 200) + ".");
    }
    return preferredModel;
  }

  /** Takes what comes; returns whether anything came. */
  private boolean poll(Duration wait) {
    ConsumerRecords<String, byte[]> records = tools.inbox().poll(wait);
    for (ConsumerRecord<String, byte[]> record : records) {
      Open job = table.take(record);
      if (job != null) {
        ended(job);
      }
    }
    if (!records.isEmpty() || tools.inbox().acknowledged() > acknowledged) {
      acknowledged = tools.inbox().acknowledged();
      tools.watch().heard();
    }
    return !records.isEmpty();
  }

  private void ended(Open job) {
    if (job.flight().isWithdrawn()) {
      if (stopping) {
        job.withdraw();
      } else {
        job.again(tools.inbox().position());
        send(job);
      }
      return;
    }
    endings.ended(job);
  }

  private void tick() {
    long now = System.nanoTime();
    if (now - tickNanos < TICK.toNanos()) {
      return;
    }
    tickNanos = now;
    resend();
    giveUp();
    save();
    if (now - aliveNanos > ALIVE.toNanos()) {
      aliveNanos = now;
      tools.inbox().tellAlive();
    }
    tools.report().refresh();
    if (!table.open().isEmpty()) {
      tools.watch().look(waitingFor());
    }
  }

  /**
   * The model that nothing of what is under way has found a node for; null once a job has begun.
   */
  private @Nullable String waitingFor() {
    boolean begun = table.open().stream().anyMatch(job -> job.flight().answer().lastOffset() >= 0);
    return begun ? null : model(table.open().iterator().next().line());
  }

  private void save() {
    tools.save().accept(table.low(tools.inbox().position()));
  }

  /** Sends again what Kafka did not take; it may have taken it, and then nothing runs twice. */
  private void resend() {
    for (BatchInbox.Unsent unsent = tools.inbox().unsent();
        unsent != null;
        unsent = tools.inbox().unsent()) {
      Open job = table.find(unsent.job());
      if (job == null) {
        continue;
      }
      if (unsent.problem().kind() == KafkaProblem.Kind.TOO_LARGE) {
        endings.failed(
            job, OpenAiLines.INVALID_LINE, String.valueOf(unsent.problem().getMessage()), 0);
      } else if (unsent.problem().isTransient()) {
        send(job);
      } else {
        throw unsent.problem();
      }
    }
  }

  private void giveUp() {
    long nowMs = tools.clock().millis();
    List<Open> late = table.open().stream().filter(job -> job.giveUpAtMs() < nowMs).toList();
    for (Open job : late) {
      endings.failed(
          job,
          "no_answer",
          "no end of the answer came until the deadline and a minute: is a dispatcher running?",
          0);
    }
  }

  /** Cancels what is under way, and waits a while for its end: some of it may be done. */
  private void withdraw() {
    stopping = true;
    if (!table.open().isEmpty()) {
      tools.report().say("Stopping: cancelling what is under way.");
    }
    table.open().forEach(job -> tools.inbox().cancel(job.job(), WITHDRAWN));
    long untilNanos = System.nanoTime() + STOP_BOUND.toNanos();
    while (!table.open().stream().allMatch(Open::isWithdrawn)
        && System.nanoTime() - untilNanos < 0) {
      poll(POLL);
    }
    save();
  }
}
