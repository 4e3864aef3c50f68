package dev.relevo.gateway.http;

import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.spi.ServerConnection;
import java.time.Duration;

/** Helidon's handling of a connection, with an end that its peer hears of. */
final class WatchedConnection implements ServerConnection, InterruptableTask<Void> {
  /** How long the rest of what is no request is read, so that its sender gets the answer. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  private final ServerConnection http;
  private final ReadAhead readAhead;
  private final Runnable whenOver;

  WatchedConnection(ServerConnection http, ReadAhead readAhead, Runnable whenOver) {
    this.http = http;
    this.readAhead = readAhead;
    this.whenOver = whenOver;
  }

  @Override
  public void handle(Limit limit) throws InterruptedException {
    try {
      http.handle(limit);
      if (readAhead.hasFailed()) {
        readAhead.drain(LINGER);
      }
    } finally {
      readAhead.abandon();
      whenOver.run();
    }
  }

  @Override
  public boolean canInterrupt() {
    return http instanceof InterruptableTask<?> task && task.canInterrupt();
  }

  @Override
  public Duration idleTime() {
    return http.idleTime();
  }

  @Override
  public void close(boolean interrupt) {
    http.close(interrupt);
  }
}
