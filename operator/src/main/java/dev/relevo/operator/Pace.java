package dev.relevo.operator;

import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lets one thing after another go, at most so many a second, until somebody says stop. */
public final class Pace {
  private static final Pattern RATE = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(?:/(s|m|h))?");

  private final double nanosEach;
  private final CompletableFuture<?> stop;
  private final LongSupplier nanos;
  private long nextNanos;

  /**
   * The first may go at once.
   *
   * @param perSecond how many a second, above 0; infinity for all at once
   * @param stop done when nothing shall go any more
   * @param nanos a clock that only goes forward
   */
  public Pace(double perSecond, CompletableFuture<?> stop, LongSupplier nanos) {
    this.nanosEach = 1e9 / perSecond;
    this.stop = stop;
    this.nanos = nanos;
    this.nextNanos = nanos.getAsLong();
  }

  /**
   * How many a second {@code 10/s}, {@code 10} or {@code 90/m} are; empty when it is no rate, or
   * none would ever go.
   */
  public static OptionalDouble perSecond(String rate) {
    Matcher matcher = RATE.matcher(rate);
    double number = matcher.matches() ? Double.parseDouble(matcher.group(1)) : 0;
    if (number == 0) {
      return OptionalDouble.empty();
    }
    String unit = matcher.group(2) == null ? "s" : matcher.group(2);
    return OptionalDouble.of(
        number
            / switch (unit) {
              case "m" -> 60;
              case "h" -> 3_600;
              default -> 1;
            });
  }

  /** Waits for the turn of the next; false when it is not to go any more. */
  public boolean awaitTurn() {
    long waitNanos = nextNanos - nanos.getAsLong();
    if (waitNanos > 0) {
      awaitStop(waitNanos);
    }
    // Time that was lost is not made up for: nothing goes in bursts.
    nextNanos = Math.max(nextNanos, nanos.getAsLong() - (long) nanosEach) + (long) nanosEach;
    return !stop.isDone();
  }

  /** When the next one's turn is, by the clock. */
  long nextNanos() {
    return nextNanos;
  }

  private void awaitStop(long waitNanos) {
    try {
      stop.get(waitNanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      // It is its turn now.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stop.cancel(false);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the wait for a signal broke", e);
    }
  }
}
