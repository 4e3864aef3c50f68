package dev.relevo.common.kafka;

/**
 * What a producer is for. All are idempotent with {@code acks=all} and send at once: a linger of 5
 * ms, Kafka's default, costs a serial sender more than the broker does, and under load batches form
 * by themselves while earlier ones are under way. Nothing is compressed: records are small and
 * mostly alone in their batch, where compression costs time on both sides and saves nothing; set
 * {@code compression.type: lz4} where the network is the narrow place.
 */
public enum ProducerProfile {
  /** Jobs into a lane, and cancels. */
  JOBS(mib(32), KafkaClients.MAX_JOB_BYTES, 10_000, 10_000, 30_000),

  /**
   * The reply stream. A topic that is gone holds a sender for {@code max.block.ms}, so that is
   * short.
   */
  REPLIES(mib(32), KafkaClients.MAX_REQUEST_BYTES, 5_000, 10_000, 30_000),

  /**
   * Beats and events: few, small, and worthless when late, so a send that hangs gives up early and
   * a newer one says it better.
   */
  BEATS(mib(4), mib(1), 2_000, 3_000, 6_000),

  /** A dispatcher's assignments, state, settlements and dead letters. */
  DISPATCHER(mib(64), KafkaClients.MAX_REQUEST_BYTES, 5_000, 5_000, 15_000);

  private final int bufferBytes;
  private final int maxRequestBytes;
  private final int maxBlockMs;
  private final int requestTimeoutMs;
  private final int deliveryTimeoutMs;

  ProducerProfile(
      int bufferBytes,
      int maxRequestBytes,
      int maxBlockMs,
      int requestTimeoutMs,
      int deliveryTimeoutMs) {
    this.bufferBytes = bufferBytes;
    this.maxRequestBytes = maxRequestBytes;
    this.maxBlockMs = maxBlockMs;
    this.requestTimeoutMs = requestTimeoutMs;
    this.deliveryTimeoutMs = deliveryTimeoutMs;
  }

  int bufferBytes() {
    return bufferBytes;
  }

  int maxRequestBytes() {
    return maxRequestBytes;
  }

  int maxBlockMs() {
    return maxBlockMs;
  }

  int requestTimeoutMs() {
    return requestTimeoutMs;
  }

  int deliveryTimeoutMs() {
    return deliveryTimeoutMs;
  }

  private static int mib(int count) {
    return count << 20;
  }
}
