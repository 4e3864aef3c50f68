package dev.relevo.node.core;

import dev.relevo.common.protocol.NodeBeat;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What beats tell of the orders that a node has read lately. Thread-safe. */
public final class ToldOrders {
  /** Who gave an order has heard of it by then. */
  static final Duration TOLD_FOR = Duration.ofMinutes(1);

  /** Characters; beats are sent often. */
  private static final int MAX_WORDS = 300;

  private record Told(NodeBeat.Order order, long untilNanos) {}

  private final ArrayDeque<Told> told = new ArrayDeque<>();

  /**
   * An order was read.
   *
   * @param words what people should know of it, if anything
   */
  public synchronized void add(long offset, boolean taken, @Nullable String words, long nowNanos) {
    String cut =
        words != null && words.length() > MAX_WORDS ? words.substring(0, MAX_WORDS) : words;
    told.add(new Told(new NodeBeat.Order(offset, taken, cut), nowNanos + TOLD_FOR.toNanos()));
    if (told.size() > NodeBeat.MAX_ORDERS) {
      told.remove();
    }
  }

  /** What the next beat tells, in the order in which they were read. */
  public synchronized List<NodeBeat.Order> now(long nowNanos) {
    while (!told.isEmpty() && told.element().untilNanos() - nowNanos <= 0) {
      told.remove();
    }
    List<NodeBeat.Order> orders = new ArrayList<>();
    told.forEach(each -> orders.add(each.order()));
    return orders;
  }
}
