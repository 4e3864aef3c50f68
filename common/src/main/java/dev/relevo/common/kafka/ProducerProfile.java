package dev.relevo.common.kafka;

/**
 * What a producer is for. All are idempotent with {@code acks=all}. What a reader waits for is sent
 * at once; what nobody waits for lingers 20 ms: it then goes in few requests, and out of the way of
 * the first token, whose path it would share the broker with. Nothing is compressed: records are
 * small and mostly alone in their batch, where compression costs time on both sides and saves
 * nothing; set {@code compression.type: lz4} where the network is the narrow place.
 */
public enum ProducerProfile {
  /** Jobs into a lane, and cancels. */
  JOBS(0, 5, mib(32), KafkaClients.MAX_JOB_BYTES, 10_000, 10_000, 30_000),

  /**
   * The reply stream. A topic that is gone holds a sender for {@code max.block.ms}, so that is
   * short. One request at a time: a topic that was only just made may refuse the first and take the
   * second, and an idempotent producer then stumbles over their order until it gives up.
   */
  REPLIES(0, 1, mib(32), KafkaClients.MAX_REQUEST_BYTES, 5_000, 10_000, 30_000),

  /**
   * Beats and events: small, and worthless when late, so a send that hangs gives up early and a
   * newer one says it better. What somebody waits for is flushed.
   */
  BEATS(20, 5, mib(4), mib(1), 2_000, 3_000, 6_000),

  /** A dispatcher's assignments: on the way of every first token. */
  ASSIGNMENTS(0, 5, mib(64), KafkaClients.MAX_REQUEST_BYTES, 30_000, 5_000, 120_000),

  /**
   * A dispatcher's state, settlements and dead letters: offsets wait for them, and nobody else.
   * They outlast a broker's restart.
   */
  STATE(20, 5, mib(64), KafkaClients.MAX_REQUEST_BYTES, 30_000, 5_000, 120_000);

  private final int lingerMs;
  private final int inFlight;
  private final int bufferBytes;
  private final int maxRequestBytes;
  private final int maxBlockMs;
  private final int requestTimeoutMs;
  private final int deliveryTimeoutMs;

  ProducerProfile(
      int lingerMs,
      int inFlight,
      int bufferBytes,
      int maxRequestBytes,
      int maxBlockMs,
      int requestTimeoutMs,
      int deliveryTimeoutMs) {
    this.lingerMs = lingerMs;
    this.inFlight = inFlight;
    this.bufferBytes = bufferBytes;
    this.maxRequestBytes = maxRequestBytes;
    this.maxBlockMs = maxBlockMs;
    this.requestTimeoutMs = requestTimeoutMs;
    this.deliveryTimeoutMs = deliveryTimeoutMs;
  }

  /** Requests under way at a time; with one, what comes meanwhile goes together in the next. */
  int inFlight() {
    return inFlight;
  }

  int lingerMs() {
    return lingerMs;
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
