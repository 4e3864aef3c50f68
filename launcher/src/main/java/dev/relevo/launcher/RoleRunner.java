package dev.relevo.launcher;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs a role in this process: starts it, says that it is ready, waits until it is asked to stop or
 * stops by itself, and ends it in an orderly, bounded way. The waiting is done by the command's own
 * thread; starting and stopping have one of their own, so that a signal is heard meanwhile.
 */
final class RoleRunner {
  /** How long a start that is called off may take to notice it. */
  private static final Duration CALL_OFF_BOUND = Duration.ofSeconds(10);

  private final Terminal terminal;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> Thread.ofPlatform().name("relevo-role").daemon().unstarted(task));

  RoleRunner(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * Returns when the role has ended because somebody asked.
   *
   * @return the exit code
   * @throws Exception when it could not start, or stopped by itself
   */
  int run(Role role) throws Exception {
    StopSignal stop = terminal.stopSignal().get();
    CompletableFuture<List<String>> ready = new CompletableFuture<>();
    Future<?> starting = thread.submit(() -> start(role, ready));
    try {
      CompletableFuture.anyOf(ready, stop.asked()).join();
      if (!stop.asked().isDone()) {
        ready.join().forEach(terminal.out()::println);
        CompletableFuture.anyOf(role.stopped().toCompletableFuture(), stop.asked()).join();
      }
    } catch (CompletionException e) {
      stop(role, starting);
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
    if (stop.asked().isDone()) {
      terminal.err().println("Stopping; press Ctrl-C again to stop at once.");
    }
    stop(role, starting);
    return stop.asked().isDone() ? stop.asked().join().exitCode() : ExitCode.DONE;
  }

  private static void start(Role role, CompletableFuture<List<String>> ready) {
    try {
      ready.complete(role.start());
    } catch (Exception | Error e) {
      // Whatever it is: nobody would hear of it on this thread, and the process would wait on.
      ready.completeExceptionally(e);
    }
  }

  private void stop(Role role, Future<?> starting) throws InterruptedException {
    starting.cancel(true);
    Future<?> stopping = thread.submit(role::close);
    Duration bound = role.stopBound().plus(CALL_OFF_BOUND);
    try {
      stopping.get(bound.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      terminal.err().println("Not everything stopped within " + bound.toSeconds() + " s; leaving.");
    } catch (CancellationException | java.util.concurrent.ExecutionException e) {
      terminal.err().println("Not everything stopped cleanly: " + e.getMessage());
    } finally {
      thread.shutdownNow();
    }
  }
}
