package dev.relevo.node.kafka;

import org.apache.kafka.clients.consumer.Consumer;

/**
 * Wakes the loop from its poll, from any thread. Whoever wakes has left word before, so nothing is
 * lost before the loop {@link #open opens}; until then the consumer does other things, which must
 * not be interrupted.
 */
final class Wake {
  private final Consumer<String, byte[]> consumer;
  private volatile boolean open;

  Wake(Consumer<String, byte[]> consumer) {
    this.consumer = consumer;
  }

  /** From now on the consumer only polls. */
  void open() {
    open = true;
  }

  void up() {
    if (open) {
      consumer.wakeup();
    }
  }
}
