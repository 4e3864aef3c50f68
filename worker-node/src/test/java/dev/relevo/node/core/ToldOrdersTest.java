package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.NodeBeat;
import org.junit.jupiter.api.Test;

class ToldOrdersTest {
  private final ToldOrders orders = new ToldOrders();

  @Test
  void areToldForAWhile() {
    long untilNanos = ToldOrders.TOLD_FOR.toNanos();
    orders.add(3, true, null, 0);
    orders.add(5, false, "no", 1);

    assertThat(orders.now(untilNanos - 1))
        .containsExactly(new NodeBeat.Order(3, true, null), new NodeBeat.Order(5, false, "no"));
    assertThat(orders.now(untilNanos)).containsExactly(new NodeBeat.Order(5, false, "no"));
    assertThat(orders.now(untilNanos + 1)).isEmpty();
  }

  @Test
  void areFewAndShort() {
    for (int i = 0; i < 20; i++) {
      orders.add(i, false, "x".repeat(5_000), 0);
    }

    assertThat(orders.now(1))
        .hasSize(NodeBeat.MAX_ORDERS)
        .allSatisfy(order -> assertThat(order.words()).hasSize(300))
        .first()
        .extracting(NodeBeat.Order::offset)
        .isEqualTo(12L);
  }
}
