package dev.relevo.launcher;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.operator.DeadFilter;
import dev.relevo.operator.DeadReader;
import dev.relevo.operator.DeadRecord;
import dev.relevo.operator.DeadRun;
import dev.relevo.operator.DeadStep;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Does something to each of many letters, with a bar that tells how far it is, until it is done or
 * Ctrl-C stops it. Letters that come while it works are not met.
 */
final class DeadWork {
  private final Terminal terminal;
  private final DeadRun run;

  DeadWork(Terminal terminal, KafkaClients clients, DeadReader reader, DeadFilter filter) {
    this.terminal = terminal;
    this.run = new DeadRun(clients, reader, filter);
  }

  /** How many letters match and pass a test. */
  long count(Predicate<DeadRecord> also) {
    return run.count(also);
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
      long total, double perSecond, String doing, Predicate<DeadRecord> also, DeadStep step) {
    CompletableFuture<StopSignal.Kind> stop = terminal.stopSignal().get().asked();
    Progress progress =
        new Progress(
            terminal.err(), terminal.interactive().getAsBoolean(), total, System::nanoTime);
    AtomicLong sent = new AtomicLong();
    boolean all =
        run.run(
            perSecond,
            doing,
            also,
            step,
            stop,
            done -> {
              sent.set(done);
              progress.at(done);
            });
    progress.end();
    if (all) {
      return null;
    }
    terminal
        .err()
        .println("Stopped after %d of %d; run it again for the rest.".formatted(sent.get(), total));
    return stop.join();
  }

  /** The exit code after a signal: an end ahead of time is no success. */
  static int exitCode(StopSignal.@Nullable Kind stopped) {
    if (stopped == null) {
      return ExitCode.DONE;
    }
    return stopped == StopSignal.Kind.CTRL_C ? ExitCode.INTERRUPTED : ExitCode.FAILED;
  }
}
