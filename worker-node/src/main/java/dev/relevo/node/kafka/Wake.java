package dev.relevo.node.kafka;

import org.apache.kafka.clients.consumer.Consumer;

/**
 * Wakes the loop from its poll, from any thread.
 *
 * @param consumer the loop's
 */
record Wake(Consumer<String, byte[]> consumer) {
  void up() {
    consumer.wakeup();
  }
}
