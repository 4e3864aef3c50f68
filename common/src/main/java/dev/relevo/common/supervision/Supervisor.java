package dev.relevo.common.supervision;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Holds the crash of one part of a role to that part: it is told in one line, counted, and started
 * again alone, later each time. What cannot be trusted after a crash, such as the loop around a
 * core, is no part: it ends its role. Thread-safe.
 */
public final class Supervisor {
  private final String owner;
  private final Function<String, Runnable> counters;
  private final LongSupplier nanoTime;
  private final Map<String, Part> parts = new ConcurrentHashMap<>();

  /**
   * A supervisor without parts.
   *
   * @param owner whose parts they are, for people
   * @param counters gives, for a part's name, what counts one crash of it; asked once for each name
   */
  public Supervisor(String owner, Function<String, Runnable> counters) {
    this(owner, counters, System::nanoTime);
  }

  Supervisor(String owner, Function<String, Runnable> counters, LongSupplier nanoTime) {
    this.owner = owner;
    this.counters = counters;
    this.nanoTime = nanoTime;
  }

  /** One that counts nothing. */
  public static Supervisor uncounted(String owner) {
    return new Supervisor(owner, part -> () -> {});
  }

  /** The part of a name; the same for the same name. */
  public Part part(String name) {
    return parts.computeIfAbsent(
        name, part -> new Part(owner, part, counters.apply(part), nanoTime));
  }
}
