package dev.relevo.launcher;

import dev.relevo.common.protocol.NodeBeat;
import org.jspecify.annotations.Nullable;

/**
 * What became of an order about a backend on one node.
 *
 * @param taken whether the node obeyed it
 * @param words a sentence for people
 * @param backend how it is there now; null where there is none
 */
record OrderOutcome(String node, boolean taken, String words, NodeBeat.@Nullable Backend backend) {}
