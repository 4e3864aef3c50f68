package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.dispatcher.Dispatcher;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A dispatcher in this process. */
final class DispatcherPart implements AutoCloseable {
  /** The longest that an orderly end takes. */
  static final Duration CLOSE_BOUND = Duration.ofSeconds(15);

  private static final Duration START_BOUND = Duration.ofSeconds(60);

  private final String id;
  private final Dispatcher dispatcher;

  private DispatcherPart(String id, Dispatcher dispatcher) {
    this.id = id;
    this.dispatcher = dispatcher;
  }

  /**
   * Starts a dispatcher under a name of its own; it is not ready yet.
   *
   * @throws CommandProblem when its settings cannot be used
   */
  static DispatcherPart start(Settings settings, MeterRegistry meters) {
    int suffix = ThreadLocalRandom.current().nextInt(0x10_0000, 0x100_0000);
    String id = "dispatcher-" + Integer.toHexString(suffix);
    try {
      return new DispatcherPart(id, Dispatcher.start(id, settings, meters));
    } catch (IllegalArgumentException e) {
      throw CommandProblem.wrongUse(String.valueOf(e.getMessage()), e);
    }
  }

  /** Blocks until it decides. */
  void awaitReady() throws InterruptedException, ExecutionException {
    try {
      CompletableFuture.anyOf(dispatcher.stopped(), dispatcher.ready())
          .get(START_BOUND.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw CommandProblem.failed(
          "The dispatcher did not get its partitions within %d s: is Kafka overloaded? Try again with -v to see more."
              .formatted(START_BOUND.toSeconds()));
    }
  }

  /** Why it cannot work now; empty when it can. */
  Optional<String> missing() {
    return dispatcher.isReady() ? Optional.empty() : Optional.of(id + " does not decide");
  }

  String id() {
    return id;
  }

  /** Completes when it has stopped by itself after it was ready. */
  CompletableFuture<Void> stopped() {
    return dispatcher
        .stopped()
        .exceptionallyCompose(failure -> CompletableFuture.failedFuture(ended(failure)));
  }

  /**
   * What ended one that had begun. A Kafka that was away for too long is no wrong use: whoever
   * watches over the process shall start it again.
   */
  static Throwable ended(Throwable failure) {
    return failure instanceof KafkaProblem
        ? CommandProblem.failed(String.valueOf(failure.getMessage()), failure)
        : failure;
  }

  @Override
  public void close() {
    dispatcher.close();
  }
}
