package dev.relevo.node.kafka;

import dev.relevo.node.core.Moment;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * Where a node has its time from.
 *
 * @param wall the time of day, for deadlines and for people
 * @param nanos nanoseconds that only go on, for intervals
 */
public record NodeTime(InstantSource wall, LongSupplier nanos) {
  /** The machine's clocks. */
  public static final NodeTime SYSTEM = new NodeTime(InstantSource.system(), System::nanoTime);

  Moment now() {
    return new Moment(epochMs(), nowNanos());
  }

  long epochMs() {
    return wall.millis();
  }

  long nowNanos() {
    return nanos.getAsLong();
  }
}
