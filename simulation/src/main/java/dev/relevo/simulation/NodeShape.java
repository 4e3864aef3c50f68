package dev.relevo.simulation;

import java.util.List;

/**
 * A node.
 *
 * @param drainMs how long it lets attempts finish when it leaves
 */
record NodeShape(String name, int capacity, long drainMs, List<BackendShape> backends) {

  /**
   * One of its backends.
   *
   * @param continues whether it continues an assistant message
   */
  record BackendShape(String name, int priority, boolean continues, List<String> models) {}
}
