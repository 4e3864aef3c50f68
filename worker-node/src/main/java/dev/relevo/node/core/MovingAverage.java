package dev.relevo.node.core;

import org.jspecify.annotations.Nullable;

/** An exponential moving average: every new value counts for a fifth. */
final class MovingAverage {
  private static final double SHARE_OF_NEW = 0.2;

  private @Nullable Double value;

  void add(double next) {
    value = value == null ? next : value + SHARE_OF_NEW * (next - value);
  }

  /** The average, null before the first value. */
  @Nullable Double value() {
    return value;
  }
}
