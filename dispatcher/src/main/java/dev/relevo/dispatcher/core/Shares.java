package dev.relevo.dispatcher.core;

import java.util.HashMap;
import java.util.Map;

/**
 * How one node's turns in one lane are shared among tenants: start-time fair queueing.
 *
 * <p>A virtual clock shows the start of the turn that was given last. A tenant's next turn starts
 * where its last one ended, which is the later the smaller its weight, but never before the clock:
 * who was away comes back without credit. Whose next turn starts first is next. So whoever had
 * nothing here for a while goes before everybody who had, and nobody is ever more than one turn
 * ahead of the clock, whatever he did elsewhere: other nodes have clocks of their own.
 */
final class Shares {
  /** A turn of a tenant with weight 1, on the virtual clock. */
  static final long TURN = 1_000_000;

  /** Beyond it those with the shortest debts are forgotten: at most a turn each. */
  static final int MAX_TENANTS = 1_000;

  private final Map<String, Long> next = new HashMap<>();
  private long clock;

  /** When the tenant's next turn starts; not before {@link #clock}. */
  long start(String tenant) {
    Long start = next.get(tenant);
    return start == null ? clock : Math.max(clock, start);
  }

  /** The earliest that any turn can start. */
  long clock() {
    return clock;
  }

  /** The tenant has its turn. */
  void take(String tenant, int weight) {
    clock = start(tenant);
    next.put(tenant, clock + TURN / weight);
    if (next.size() > MAX_TENANTS) {
      forget();
    }
  }

  private void forget() {
    next.values().removeIf(start -> start <= clock);
    if (next.size() > MAX_TENANTS) {
      clock = next.values().stream().sorted().skip(MAX_TENANTS / 2).findFirst().orElse(clock);
      next.values().removeIf(start -> start <= clock);
    }
  }

  /** Tenants that are remembered. */
  int tenants() {
    return next.size();
  }
}
