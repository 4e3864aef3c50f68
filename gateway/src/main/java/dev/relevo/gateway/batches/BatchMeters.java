package dev.relevo.gateway.batches;

import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.ReplyRecord;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is measured of batches. Thread-safe. */
final class BatchMeters {
  private final MeterRegistry registry;
  private final Map<Outcome, Counter> lines = new EnumMap<>(Outcome.class);

  /** How a line ended. */
  enum Outcome {
    COMPLETED,
    FAILED,
    EXPIRED,
    CANCELLED
  }

  BatchMeters(MeterRegistry registry) {
    this.registry = registry;
    for (Outcome outcome : Outcome.values()) {
      lines.put(
          outcome,
          Counter.builder("relevo.gateway.batch.lines")
              .description("lines of batches that this gateway has seen end")
              .tags("outcome", outcome.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
  }

  /** Shows these from now on. */
  void watch(BatchBook book, Supplier<Collection<BatchRun>> runs) {
    for (BatchStatus status : BatchStatus.values()) {
      if (!status.isEnd()) {
        Gauge.builder("relevo.gateway.batches", () -> count(book, status))
            .description("batches of the whole house that have not ended")
            .tags("state", status.text())
            .register(registry);
      }
    }
    Gauge.builder("relevo.gateway.batches.running", () -> runs.get().size())
        .description("batches that this gateway runs")
        .register(registry);
    Gauge.builder(
            "relevo.gateway.batch.lines.open",
            () -> runs.get().stream().mapToInt(BatchRun::flying).sum())
        .description("lines whose jobs this gateway has under way")
        .register(registry);
  }

  private static long count(BatchBook book, BatchStatus status) {
    return book.open().stream().filter(batch -> batch.status() == status).count();
  }

  /** A line's answer has ended so. */
  void ended(@Nullable ReplyRecord terminal) {
    Outcome outcome =
        switch (terminal) {
          case ReplyRecord.Done _ -> Outcome.COMPLETED;
          case ReplyRecord.Failed lost when lost.code().equals(FailureCodes.DEADLINE_EXCEEDED) ->
              Outcome.EXPIRED;
          case ReplyRecord.Cancelled _ -> Outcome.CANCELLED;
          case ReplyRecord.Failed _ -> Outcome.FAILED;
          case ReplyRecord.Started _, ReplyRecord.Resumed _, ReplyRecord.Chunk _ ->
              throw new IllegalStateException("a stream ended with what ends none");
          case null -> throw new IllegalStateException("the answer has not ended");
        };
    ended(outcome, 1);
  }

  /** So many lines have ended so. */
  void ended(Outcome outcome, int count) {
    Counter counter = lines.get(outcome);
    if (counter != null) {
      counter.increment(count);
    }
  }
}
