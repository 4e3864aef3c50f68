package dev.relevo.launcher;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** Whether this process can do its work, and if not, why. Thread-safe. */
final class Readiness {
  private static final String STARTED = "";

  private final List<Supplier<Optional<String>>> checks = new CopyOnWriteArrayList<>();
  private volatile String phase;

  /**
   * @param phase why it is not ready yet
   */
  Readiness(String phase) {
    this.phase = phase;
  }

  /** It has started; from now on only the checks speak. */
  void started() {
    phase = STARTED;
  }

  /** It is not ready for this reason, whatever the checks say. */
  void notReady(String reason) {
    phase = reason;
  }

  /**
   * Adds something to look at whenever somebody asks.
   *
   * @param check what is missing, if anything; must be quick
   */
  void watch(Supplier<Optional<String>> check) {
    checks.add(check);
  }

  /** Why it is not ready; empty when it is. */
  Optional<String> missing() {
    String now = phase;
    if (!now.equals(STARTED)) {
      return Optional.of(now);
    }
    return checks.stream().flatMap(check -> check.get().stream()).findFirst();
  }
}
