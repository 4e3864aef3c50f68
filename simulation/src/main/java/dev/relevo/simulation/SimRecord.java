package dev.relevo.simulation;

import dev.relevo.common.protocol.Fence;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A record in the simulated log; its value is the message itself.
 *
 * @param offset where it stands
 * @param nanos when the broker took it
 * @param stampMs what its clock said then, epoch milliseconds
 * @param fence the header {@code relevo-fence}, where the kind has one
 * @param epoch the header {@code relevo-epoch}, -1 without
 * @param value the message; null for a tombstone
 */
record SimRecord(
    long offset,
    long nanos,
    long stampMs,
    String key,
    @Nullable Fence fence,
    long epoch,
    @Nullable Object value) {

  /** A record on its way, without a place yet. */
  static SimRecord of(String key, @Nullable Fence fence, @Nullable Object value) {
    return new SimRecord(-1, -1, -1, key, fence, -1, value);
  }

  SimRecord at(long offset, long nanos, long stampMs) {
    return new SimRecord(offset, nanos, stampMs, key, fence, epoch, value);
  }

  <M> M value(Class<M> type) {
    return type.cast(Objects.requireNonNull(value));
  }
}
