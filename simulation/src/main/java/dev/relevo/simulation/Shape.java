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
 * @param dispatchers their names
 * @param nodes the nodes
 */
record Shape(
    int homes,
    int slots,
    String strategy,
    long dedupeMs,
    int dedupeMax,
    List<String> dispatchers,
    List<NodeShape> nodes) {}
