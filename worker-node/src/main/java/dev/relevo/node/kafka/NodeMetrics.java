package dev.relevo.node.kafka;

import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.EventRecord.Rejected;
import dev.relevo.node.core.AttemptTable;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What a node counts; all names begin with {@code relevo.node}. */
final class NodeMetrics {
  private final Map<AttemptOutcome, Counter> attempts = new EnumMap<>(AttemptOutcome.class);
  private final Map<Rejected.Reason, Counter> rejected = new EnumMap<>(Rejected.Reason.class);
  private final MeterRegistry registry;
  private final String node;
  private final Counter chunks;
  private final Counter resumed;
  private final Timer ttft;
  private final Timer duration;

  NodeMetrics(MeterRegistry registry, String node, AttemptTable table) {
    this.registry = registry;
    this.node = node;
    for (AttemptOutcome outcome : AttemptOutcome.values()) {
      attempts.put(
          outcome,
          Counter.builder("relevo.node.attempts")
              .description("attempts that have ended, by outcome")
              .tags("node", node, "outcome", word(outcome))
              .register(registry));
    }
    for (Rejected.Reason reason : Rejected.Reason.values()) {
      rejected.put(
          reason,
          Counter.builder("relevo.node.rejected")
              .description("assignments that were rejected, by reason")
              .tags("node", node, "reason", word(reason))
              .register(registry));
    }
    Gauge.builder("relevo.node.running", table, AttemptTable::running)
        .description("attempts that run now")
        .tags("node", node)
        .register(registry);
    chunks =
        Counter.builder("relevo.node.chunks")
            .description("chunks written to reply places")
            .tags("node", node)
            .register(registry);
    resumed =
        Counter.builder("relevo.node.resumed")
            .description("attempts that went on with an answer another attempt had begun")
            .tags("node", node)
            .register(registry);
    ttft =
        Timer.builder("relevo.node.ttft")
            .description("time from taking an attempt to its first token")
            .tags("node", node)
            .register(registry);
    duration =
        Timer.builder("relevo.node.attempt.duration")
            .description("time from taking an attempt to its end")
            .tags("node", node)
            .register(registry);
  }

  /** What counts the crashes of a part. */
  Runnable restarts(String part) {
    return Counter.builder("relevo.part.restarts")
            .description("parts of a role that crashed and were started again")
            .tags("role", "node", "id", node, "part", part)
            .register(registry)
        ::increment;
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  void ended(AttemptOutcome outcome, long nanos) {
    count(attempts, outcome);
    duration.record(nanos, TimeUnit.NANOSECONDS);
  }

  void rejected(Rejected.Reason reason) {
    count(rejected, reason);
  }

  void chunk() {
    chunks.increment();
  }

  void resumed() {
    resumed.increment();
  }

  void firstToken(long nanos) {
    ttft.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** A part of a backend's answer could not be read. */
  void skipped(String backend) {
    Counter.builder("relevo.node.skipped")
        .description("parts of answers that could not be read and were left out, by backend")
        .tags("node", node, "backend", backend)
        .register(registry)
        .increment();
  }

  private static <K> void count(Map<K, Counter> counters, K key) {
    Counter counter = counters.get(key);
    if (counter != null) {
      counter.increment();
    }
  }
}
