package dev.relevo.node.kafka;

/**
 * Who this node is.
 *
 * @param node its id, unique in the house
 * @param incarnation new for every start
 */
record Identity(String node, String incarnation) {}
