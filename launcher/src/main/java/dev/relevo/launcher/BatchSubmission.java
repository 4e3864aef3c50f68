package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.kafka.TopicRules;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.launcher.LineStates.State;
import dev.relevo.operator.batch.BoundedLines;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of a file, from its first line to the last answer, and what is around them: the two
 * files, the journal, Kafka, the bar. {@link BatchWork} is the heart of it.
 */
final class BatchSubmission {
  private final Terminal terminal;
  private final Settings settings;
  private final BatchRequest request;
  private final CompletableFuture<StopSignal.Kind> stop;

  BatchSubmission(Terminal terminal, Settings settings, BatchRequest request) {
    this.terminal = terminal;
    this.settings = settings;
    this.request = request;
    this.stop = terminal.stopSignal().get().asked();
  }

  /** Runs to the end, or to Ctrl-C. */
  int run() throws IOException {
    long lines = request.countLines();
    KafkaClients clients = KafkaDoor.open(settings.kafka());
    Path out = request.outFile();
    if (out == null) {
      return fresh(clients, lines, new AnswerPipe(terminal.out()), null);
    }
    try (AnswerFile file = AnswerFile.open(out)) {
      return resumed(clients, lines, file, out);
    }
  }

  /**
   * Goes on with the batch of the run before, if there is one. What failed is tried again after
   * that, in a batch of its own: its job ids have been used in this one, and an id runs once.
   */
  private int resumed(KafkaClients clients, long lines, AnswerFile file, Path out)
      throws IOException {
    Optional<BatchJournal> earlier =
        BatchJournal.read(BatchJournal.beside(out)).filter(file::goesOn);
    if (earlier.isPresent() && request.retryFailed()) {
      requireReadTwice();
      terminal.err().println("First the run before is finished, then what failed is tried again.");
    }
    OptionalInt finished =
        earlier.isPresent()
            ? finish(earlier.get(), clients, lines, file, out)
            : OptionalInt.empty();
    if (finished.isPresent() && !request.retryFailed()) {
      return finished.getAsInt();
    }
    if (request.retryFailed()) {
      if (stop.isDone()) {
        return DeadWork.exitCode(stop.join());
      }
      long again = file.keep(BatchAnswers.Known::isWhole);
      if (again > 0) {
        terminal.err().println("Trying again what failed: " + again + " lines.");
      } else if (finished.isPresent()) {
        return finished.getAsInt();
      }
    }
    return fresh(clients, lines, file, out);
  }

  private OptionalInt finish(
      BatchJournal earlier, KafkaClients clients, long lines, AnswerFile file, Path out)
      throws IOException {
    BatchIds ids = new BatchIds(earlier.batch());
    try (BatchInbox inbox = new BatchInbox(clients, settings, ids.batch())) {
      if (inbox.resume(earlier.offset())) {
        LineStates states = load(file, ids, out);
        return OptionalInt.of(work(clients, lines, ids, states, inbox, file, out));
      }
    }
    terminal
        .err()
        .println("The inbox of the run before is gone: jobs that it had under way are run again.");
    return OptionalInt.empty();
  }

  /** A pipe is empty after the first time. */
  private void requireReadTwice() {
    Path jobs = request.jobFile();
    if (jobs == null || !Files.isRegularFile(jobs)) {
      throw CommandProblem.wrongUse(
          "The run before is not finished, and %s can be read only once: finish it without --retry-failed, then try again what failed."
              .formatted(request.fileName()));
    }
  }

  private int fresh(KafkaClients clients, long lines, AnswerSink sink, @Nullable Path out)
      throws IOException {
    BatchIds ids = new BatchIds(UUID.randomUUID());
    LineStates states =
        sink instanceof AnswerFile file && out != null ? load(file, ids, out) : new LineStates();
    try (BatchInbox inbox = new BatchInbox(clients, settings, ids.batch())) {
      inbox.create();
      return work(clients, lines, ids, states, inbox, sink, out);
    }
  }

  private LineStates load(AnswerFile file, BatchIds ids, Path out) {
    LineStates states = new LineStates();
    long cut =
        file.load(
            known -> states.put(ids.line(known.id()), known.isWhole() ? State.DONE : State.FAILED));
    if (cut > 0) {
      terminal
          .err()
          .println(
              "Half a line at the end of %s was cut off: a run was stopped while it wrote. That answer is fetched again."
                  .formatted(out));
    }
    return states;
  }

  private int work(
      KafkaClients clients,
      long total,
      BatchIds ids,
      LineStates states,
      BatchInbox inbox,
      AnswerSink sink,
      @Nullable Path out)
      throws IOException {
    boolean bar = total > 0 && terminal.interactive().getAsBoolean();
    Progress progress =
        new Progress(terminal.err(), bar, total > 0 ? total : Long.MAX_VALUE, System::nanoTime);
    BatchReport report = new BatchReport(request.fileName(), progress, System.nanoTime());
    LongConsumer save = journal(sink, ids, out);
    try (LineFeed lines = new LineFeed(new BoundedLines(input(), BatchParser.MOST_LINE))) {
      BatchWork work =
          new BatchWork(
              new BatchWork.Tools(
                  ids,
                  states,
                  lines,
                  new BatchParser(request.defaults(mostTime())),
                  inbox,
                  sink,
                  new BatchAnswers(InstantSource.system()),
                  report,
                  new BatchWatch(clients, settings.kafka(), inbox, report, System::nanoTime),
                  save,
                  () ->
                      PreferredModel.of(
                          clients, new TopicNames(settings.kafka().topics().prefix())),
                  stop::isDone,
                  InstantSource.system()),
              request.inFlight());
      work.recall();
      boolean all = work.run();
      if (all || out == null) {
        leaveNothing(inbox, out);
      }
      return end(all, report, out);
    } finally {
      report.end();
    }
  }

  private LongConsumer journal(AnswerSink sink, BatchIds ids, @Nullable Path out) {
    if (!(sink instanceof AnswerFile file) || out == null) {
      return offset -> {};
    }
    Path journal = BatchJournal.beside(out);
    return offset -> {
      try {
        file.journal(ids, offset).write(journal);
      } catch (IOException e) {
        throw CommandProblem.failed(
            "%s cannot be written (%s): put that right and run it again."
                .formatted(journal, e.getMessage()));
      }
    };
  }

  private static void leaveNothing(BatchInbox inbox, @Nullable Path out) throws IOException {
    if (out != null) {
      Files.deleteIfExists(BatchJournal.beside(out));
    }
    try {
      inbox.delete();
    } catch (KafkaProblem e) {
      // Its records go by their retention.
      return;
    }
  }

  private int end(boolean all, BatchReport report, @Nullable Path out) {
    report.end();
    terminal.err().println(report.summary(System.nanoTime()));
    if (!all) {
      if (out != null) {
        terminal.err().println("Stopped; run it again for the rest.");
      }
      return DeadWork.exitCode(stop.join());
    }
    if (report.hasFailures() && out != null && !request.retryFailed()) {
      terminal
          .err()
          .println(
              "With --retry-failed it tries again what failed; the reasons are in " + out + ".");
    }
    return report.isAllDone() ? ExitCode.DONE : ExitCode.FAILED;
  }

  private InputStream input() throws IOException {
    Path file = request.jobFile();
    return file == null ? terminal.in() : Files.newInputStream(file);
  }

  private Duration mostTime() {
    return settings.client().replyTopicRetention().minus(TopicRules.REPLY_MARGIN);
  }
}
