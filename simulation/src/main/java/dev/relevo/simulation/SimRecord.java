package dev.relevo.simulation;

import dev.relevo.common.protocol.Fence;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A record in the simulated log; its value is the message itself.
 *
 * @param offset where it stands
 * @param nanos when the broker took it
 * @param fence the header {@code relevo-fence}, where the kind has one
 * @param epoch the header {@code relevo-epoch}, -1 without
 * @param value the message; null for a tombstone
 */
record SimRecord(
    long offset,
    long nanos,
    String key,
    @Nullable Fence fence,
    long epoch,
    @Nullable Object value) {

  /** The brokers' time-stamp, milliseconds. */
  long epochMs() {
    return World.EPOCH_MS + nanos / World.MS;
  }

  /** A record on its way, without a place yet. */
  static SimRecord of(String key, @Nullable Fence fence, @Nullable Object value) {
    return new SimRecord(-1, -1, key, fence, -1, value);
  }

  SimRecord at(long offset, long nanos) {
    return new SimRecord(offset, nanos, key, fence, epoch, value);
  }

  <M> M value(Class<M> type) {
    return type.cast(Objects.requireNonNull(value));
  }
}
