package dev.relevo.node.kafka;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.Metric;
import org.jspecify.annotations.Nullable;

/**
 * How many fetches of a consumer have come back. {@code poll} does not tell: without records it
 * looks the same whether the broker has none or does not answer.
 */
final class Fetches {
  private static final String GROUP = "consumer-fetch-manager-metrics";
  private static final String NAME = "fetch-total";

  private final @Nullable Metric total;

  Fetches(Consumer<?, ?> consumer) {
    this.total =
        consumer.metrics().values().stream()
            .map(Metric.class::cast)
            .filter(metric ->
                metric.metricName().group().equals(GROUP)
                    && metric.metricName().name().equals(NAME))
            .findFirst()
            .orElse(null);
  }

  /**
   * Since the consumer was made. Not a number for one that does not count: that differs from
   * everything, itself included, so it never seems to stand still.
   */
  double total() {
    return total != null && total.metricValue() instanceof Double count ? count : Double.NaN;
  }
}
