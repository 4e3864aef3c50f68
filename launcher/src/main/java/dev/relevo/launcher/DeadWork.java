package dev.relevo.launcher;

import dev.relevo.common.kafka.KafkaClients;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Does something to each of many letters, with a bar that tells how far it is, until it is done or
 * Ctrl-C stops it. Letters that come while it works are not met.
 */
final class DeadWork {
  private static final int MOST_AT_ONCE = 1_000;

  private final Terminal terminal;
  private final KafkaClients clients;
  private final DeadReader reader;
  private final DeadFilter filter;

  DeadWork(Terminal terminal, KafkaClients clients, DeadReader reader, DeadFilter filter) {
    this.terminal = terminal;
    this.clients = clients;
    this.reader = reader;
    this.filter = filter;
  }

  /** What can be sent for a letter. */
  interface Step {
    /**
     * Several letters come next, within a second or so; what they need can be fetched for all of
     * them.
     */
    default void prepare(List<DeadRecord> records) {}

    void take(DeadRecord record, RecordSender sender);
  }

  /** How many letters match and pass a test. */
  long count(Predicate<DeadRecord> also) {
    AtomicLong count = new AtomicLong();
    reader.scan(
        filter,
        record -> {
          if (also.test(record)) {
            count.incrementAndGet();
          }
          return true;
        });
    return count.get();
  }

  /**
   * Takes the step for each letter that matches and passes the test.
   *
   * @param total how many those are, 1 or more
   * @param perSecond at most so many a second
   * @param doing for a sentence about a failure
   * @return the signal that stopped it, or null when all is done
   */
  StopSignal.@Nullable Kind run(
      long total, double perSecond, String doing, Predicate<DeadRecord> also, Step step) {
    CompletableFuture<StopSignal.Kind> stop = terminal.stopSignal().get().asked();
    Progress progress =
        new Progress(
            terminal.err(), terminal.interactive().getAsBoolean(), total, System::nanoTime);
    Pace pace = new Pace(perSecond, stop, System::nanoTime);
    int atOnce = (int) Math.clamp(perSecond, 1, MOST_AT_ONCE);
    AtomicLong sent = new AtomicLong();
    try (RecordSender sender = new RecordSender(clients, doing)) {
      boolean all =
          reader.scanMany(
              filter,
              letters -> {
                List<DeadRecord> mine = letters.stream().filter(also).toList();
                for (int i = 0; i < mine.size(); i++) {
                  if (!pace.awaitTurn()) {
                    return false;
                  }
                  // Only now: what was learned of letters that go in minutes would be outdated.
                  if (i % atOnce == 0) {
                    step.prepare(mine.subList(i, Math.min(mine.size(), i + atOnce)));
                  }
                  step.take(mine.get(i), sender);
                  progress.at(sent.incrementAndGet());
                }
                return !mine.isEmpty() || !stop.isDone();
              });
      sender.flush();
      progress.end();
      if (all) {
        return null;
      }
      terminal
          .err()
          .println(
              "Stopped after %d of %d; run it again for the rest.".formatted(sent.get(), total));
      return stop.join();
    }
  }

  /** The exit code after a signal: an end ahead of time is no success. */
  static int exitCode(StopSignal.@Nullable Kind stopped) {
    if (stopped == null) {
      return ExitCode.DONE;
    }
    return stopped == StopSignal.Kind.CTRL_C ? ExitCode.INTERRUPTED : ExitCode.FAILED;
  }
}
