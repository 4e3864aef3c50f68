package dev.relevo.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Thins out the warnings of Kafka's network client. Some are part of ordinary work: a producer asks
 * after the reply topics it has written to for a while, and those are deleted once they were read.
 * That a broker cannot be reached is news, but each of a role's clients says so several times a
 * second: once in a while is enough.
 */
final class KafkaNoise extends Filter<ILoggingEvent> {
  /** So often at most is an unreachable broker told. */
  static final Duration BETWEEN_LOSSES = Duration.ofSeconds(30);

  private static final String LOGGER = "org.apache.kafka.clients.NetworkClient";
  private static final List<String> ORDINARY =
      List.of(
          "The metadata response from the cluster reported a recoverable issue",
          "Attempting to close NetworkClient that has already been closed");
  private static final List<String> LOSSES = List.of("could not be established", "disconnected");

  private final LongSupplier nanoTime;
  private final AtomicLong nextLossNanos;

  /**
   * @param nanoTime a monotonic clock
   */
  KafkaNoise(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.nextLossNanos = new AtomicLong(nanoTime.getAsLong());
  }

  @Override
  public FilterReply decide(ILoggingEvent event) {
    if (event.getLevel() != Level.WARN || !event.getLoggerName().equals(LOGGER)) {
      return FilterReply.NEUTRAL;
    }
    String message = event.getMessage();
    boolean dropped =
        ORDINARY.stream().anyMatch(message::contains)
            || (LOSSES.stream().anyMatch(message::contains) && wasToldLately());
    return dropped ? FilterReply.DENY : FilterReply.NEUTRAL;
  }

  private boolean wasToldLately() {
    long now = nanoTime.getAsLong();
    long next = nextLossNanos.get();
    return now - next < 0 || !nextLossNanos.compareAndSet(next, now + BETWEEN_LOSSES.toNanos());
  }
}
