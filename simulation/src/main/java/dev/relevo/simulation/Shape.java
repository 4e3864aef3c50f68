package dev.relevo.simulation;

import java.util.List;

/**
 * How a house is laid out in one run.
 *
 * @param homes home partitions
 * @param slots partitions of the assignments; nodes may share one
 * @param strategy of the dispatchers
 * @param dedupeMs how long an ended job is remembered
 * @param dedupeMax ended jobs remembered in a home
 * @param window jobs that a dispatcher keeps with their bodies; small, so that it is full now and
 *     then
 * @param parkedMax jobs that wait outside the window
 * @param cancelsMax cancels that are remembered
 * @param dispatchers their names
 * @param nodes the nodes
 */
record Shape(
    int homes,
    int slots,
    String strategy,
    long dedupeMs,
    int dedupeMax,
    int window,
    int parkedMax,
    int cancelsMax,
    List<String> dispatchers,
    List<NodeShape> nodes) {}
