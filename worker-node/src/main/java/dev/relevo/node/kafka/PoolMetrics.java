package dev.relevo.node.kafka;

import dev.relevo.node.backend.Fault;
import dev.relevo.node.core.BackendBoard;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a node counts of each of its backends; all names begin with {@code relevo.node.backend}, and
 * the labels are the configured names and the kinds of failures.
 */
final class PoolMetrics {
  private final MeterRegistry registry;
  private final String node;
  private final BackendBoard board;
  private final NodeTime time;
  private final Map<String, Counters> backends = new ConcurrentHashMap<>();

  private record Counters(
      Counter calls,
      Counter retries,
      Map<Fault, Counter> failures,
      FunctionCounter skipped,
      Gauge breaker) {
    List<Meter> meters() {
      List<Meter> all = new ArrayList<>(failures.values());
      all.addAll(List.of(calls, retries, skipped, breaker));
      return all;
    }
  }

  PoolMetrics(MeterRegistry registry, String node, BackendBoard board, NodeTime time) {
    this.registry = registry;
    this.node = node;
    this.board = board;
    this.time = time;
  }

  /** Counts for a backend from now on. */
  void add(String name) {
    Map<Fault, Counter> failures = new EnumMap<>(Fault.class);
    for (Fault fault : Fault.values()) {
      failures.put(
          fault,
          Counter.builder("relevo.node.backend.failures")
              .description("calls that failed, by kind")
              .tags("node", node, "backend", name, "fault", fault.text())
              .register(registry));
    }
    backends.put(
        name,
        new Counters(
            counter(registry, node, name, "calls", "calls to the backend"),
            counter(registry, node, name, "retries", "calls that asked it again for a job"),
            failures,
            FunctionCounter.builder(
                    "relevo.node.backend.skipped", board, skipping -> skipping.timesSkipped(name))
                .description("times that it was passed over because it was full")
                .tags("node", node, "backend", name)
                .register(registry),
            Gauge.builder(
                    "relevo.node.backend.breaker",
                    board,
                    open -> open.openness(name, time.nowNanos()))
                .description("its circuit breaker: 0 closed, 1 half-open, 2 open")
                .tags("node", node, "backend", name)
                .register(registry)));
  }

  /** A backend is gone, and is not to be seen any more. */
  void remove(String name) {
    Counters counters = backends.remove(name);
    if (counters != null) {
      counters.meters().forEach(registry::remove);
    }
  }

  private static Counter counter(
      MeterRegistry registry, String node, String backend, String what, String description) {
    return Counter.builder("relevo.node.backend." + what)
        .description(description)
        .tags("node", node, "backend", backend)
        .register(registry);
  }

  /**
   * A call begins.
   *
   * @param again whether the backend was asked before for this job and model
   */
  void called(String backend, boolean again) {
    Counters counters = backends.get(backend);
    if (counters != null) {
      counters.calls().increment();
      if (again) {
        counters.retries().increment();
      }
    }
  }

  /** A call has failed. */
  void failed(String backend, Fault fault) {
    Counters counters = backends.get(backend);
    Counter counter = counters == null ? null : counters.failures().get(fault);
    if (counter != null) {
      counter.increment();
    }
  }
}
