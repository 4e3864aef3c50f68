package dev.relevo.dispatcher.core;

/**
 * When an input happens, on both clocks.
 *
 * @param epochMs wall clock, milliseconds since 1970: for deadlines, which producers name
 * @param nanos monotonic clock, nanoseconds: for time-outs, which a clock that jumps must not touch
 */
public record Moment(long epochMs, long nanos) {}
