package dev.relevo.dispatcher.kafka;

import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.StateRecord;
import dev.relevo.dispatcher.core.CoreGauges;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What can be seen of a dispatcher from outside. */
final class DispatcherMetrics {
  private final Map<JobStatus, Counter> ended = new EnumMap<>(JobStatus.class);
  private final Counter assigned;
  private final Counter reaped;
  private final MeterRegistry registry;
  private final String id;

  // Held here, for a gauge holds what it shows only weakly.
  private volatile CoreGauges gauges = CoreGauges.NOTHING;

  DispatcherMetrics(MeterRegistry registry, String id) {
    this.registry = registry;
    this.id = id;
    for (JobStatus status : JobStatus.values()) {
      if (status.isTerminal()) {
        ended.put(
            status,
            Counter.builder("relevo.dispatcher.jobs.ended")
                .description("Jobs that ended")
                .tag("dispatcher", id)
                .tag("status", status.name().toLowerCase(Locale.ROOT))
                .register(registry));
      }
    }
    assigned =
        Counter.builder("relevo.dispatcher.assignments")
            .description("Attempts given to nodes")
            .tag("dispatcher", id)
            .register(registry);
    reaped =
        Counter.builder("relevo.dispatcher.reply.topics.deleted")
            .description("Reply topics and inboxes deleted")
            .tag("dispatcher", id)
            .register(registry);
    gauge("homes", "Home partitions owned", CoreGauges::homes);
    for (Lane lane : Lane.values()) {
      Gauge.builder("relevo.dispatcher.jobs.waiting", this, self -> self.gauges.waiting(lane))
          .description("Jobs without a node")
          .tag("dispatcher", id)
          .tag("lane", lane.text())
          .register(registry);
    }
    gauge("jobs.parked", "Jobs that wait outside the window", CoreGauges::parked);
    gauge("jobs.running", "Jobs in the hands of nodes", CoreGauges::running);
    gauge("jobs.remembered", "Jobs that ended and are remembered", CoreGauges::remembered);
    gauge("window.jobs", "Jobs kept with their bodies", CoreGauges::windowJobs);
    gauge("window.bytes", "Bytes of those bodies", CoreGauges::windowBytes);
    gauge("nodes.ready", "Live nodes that take work", CoreGauges::readyNodes);
  }

  void show(CoreGauges now) {
    gauges = now;
  }

  void recorded(StateRecord.Job job) {
    Counter counter = ended.get(job.status());
    if (counter != null) {
      counter.increment();
    }
  }

  void assigned() {
    assigned.increment();
  }

  void reaped() {
    reaped.increment();
  }

  void buried(DeadLetter letter) {
    Counter.builder("relevo.dispatcher.dead.letters")
        .description("Records laid into the dead letters")
        .tag("dispatcher", id)
        .tag("lane", letter.lane().text())
        .register(registry)
        .increment();
  }

  /** What counts the crashes of a part. */
  Runnable restarts(String part) {
    return Counter.builder("relevo.part.restarts")
            .description("parts of a role that crashed and were started again")
            .tags("role", "dispatcher", "id", id, "part", part)
            .register(registry)
        ::increment;
  }

  private void gauge(String name, String description, ToDoubleFunction<CoreGauges> value) {
    Gauge.builder("relevo.dispatcher." + name, this, self -> value.applyAsDouble(self.gauges))
        .description(description)
        .tag("dispatcher", id)
        .register(registry);
  }
}
