package dev.relevo.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.operator.batch.BoundedLines;
import dev.relevo.operator.fixture.DeadLetters;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The heart of a batch on a real Kafka, by a clock of its own; the test is the dispatcher. */
@Timeout(120)
class BatchWorkTest extends DeadOnKafka {
  private static final byte[] LINE =
      "{\"id\":\"a\",\"model\":\"echo\",\"prompt\":\"x\"}".getBytes(UTF_8);

  private final AtomicLong nowMs = new AtomicLong(DeadLetters.DIED_MS);
  private final AtomicInteger saved = new AtomicInteger();
  private final TestTerminal terminal = new TestTerminal();
  private final BatchIds ids = new BatchIds(new UUID(1, 15));

  private BatchWork work(BatchInbox inbox, LineFeed lines) {
    InstantSource clock = () -> Instant.ofEpochMilli(nowMs.get());
    Progress progress = new Progress(terminal.terminal().err(), false, 1, System::nanoTime);
    BatchReport report = new BatchReport("jobs", progress, System.nanoTime());
    BatchParser.Defaults defaults =
        new BatchParser.Defaults(null, null, List.of(), Lane.BATCH, Duration.ofDays(6));
    return new BatchWork(
        new BatchWork.Tools(
            ids,
            new LineStates(),
            lines,
            new BatchParser(defaults),
            inbox,
            new AnswerPipe(terminal.terminal().out()),
            new BatchAnswers(clock),
            report,
            new BatchWatch(clients, settings.kafka(), inbox, report, System::nanoTime),
            _ -> saved.incrementAndGet(),
            () -> "echo",
            () -> false,
            clock),
        1);
  }

  private void reply(BatchInbox inbox, String job, ReplyRecord reply) {
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(inbox.topic(), 0, job, MessageCodec.encode(reply));
    MessageCodec.putFence(record.headers(), Fence.parse("0.1.1"));
    write(List.of(record));
  }

  private void awaitTicks(int count) {
    int until = saved.get() + count;
    while (saved.get() < until) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aJobThatIsStartedAgainHasItsTimeAgain() throws Exception {
    String first = BatchIds.job(ids.line("a"), BatchIds.digest(LINE), 1);
    String second = BatchIds.job(ids.line("a"), BatchIds.digest(LINE), 2);
    try (LineFeed lines =
            new LineFeed(new BoundedLines(new ByteArrayInputStream(LINE), BatchParser.MOST_LINE));
        BatchInbox inbox = new BatchInbox(clients, settings, ids.batch())) {
      inbox.create();
      BatchWork work = work(inbox, lines);
      CompletableFuture<Boolean> all =
          CompletableFuture.supplyAsync(() -> {
            try {
              return work.run();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
      await(names.batchJobs(), record -> record.key().equals(first));
      nowMs.addAndGet(Duration.ofHours(23).toMillis());
      reply(inbox, first, new ReplyRecord.Cancelled(BatchWork.WITHDRAWN));
      await(names.batchJobs(), record -> record.key().equals(second));
      // The first job would be late by now, the second has 22 hours left.
      nowMs.addAndGet(Duration.ofHours(2).toMillis());
      awaitTicks(2);
      reply(inbox, second, new ReplyRecord.Started("attic"));
      reply(inbox, second, new ReplyRecord.Chunk(0, Delta.text("hello")));
      reply(inbox, second, new ReplyRecord.Done(0, FinishReason.STOP, null, "b", "echo", 1));

      assertThat(all.get(60, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(terminal.out()).contains("\"status\":\"done\"", second).doesNotContain("no_answer");
  }
}
