package dev.relevo.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.List;

/**
 * Drops the warnings of Kafka's network client that are part of ordinary work: a producer asks
 * after the reply topics it has written to for a while, and those are deleted once they were read.
 * That a broker cannot be reached comes from the same logger, so it cannot be silenced as a whole.
 */
final class KafkaNoise extends Filter<ILoggingEvent> {
  private static final String LOGGER = "org.apache.kafka.clients.NetworkClient";
  private static final List<String> ORDINARY =
      List.of(
          "The metadata response from the cluster reported a recoverable issue",
          "Attempting to close NetworkClient that has already been closed");

  @Override
  public FilterReply decide(ILoggingEvent event) {
    boolean ordinary =
        event.getLevel() == Level.WARN
            && event.getLoggerName().equals(LOGGER)
            && ORDINARY.stream().anyMatch(event.getMessage()::contains);
    return ordinary ? FilterReply.DENY : FilterReply.NEUTRAL;
  }
}
