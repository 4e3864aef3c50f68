package dev.relevo.node.core;

/**
 * When something happens.
 *
 * @param epochMs by the time of day, for deadlines
 * @param nanos nanoseconds that only go on, for intervals
 */
public record Moment(long epochMs, long nanos) {}
