package dev.relevo.gateway.files;

import java.util.HashMap;
import java.util.Map;

/**
 * So many transfers at a time, shared by tenants: nobody holds more of them than are left for the
 * others. So one alone has half of them at most, and the next comer finds room. Thread-safe.
 */
final class Places {
  private final Map<String, Integer> held = new HashMap<>();
  private final int all;
  private int left;

  Places(int all) {
    this.all = all;
    this.left = all;
  }

  /** What became of a wish. */
  enum Answer {
    GIVEN,
    /** This tenant has its share. */
    SHARE_TAKEN,
    /** Everybody's are taken. */
    ALL_TAKEN
  }

  /** Takes one for a tenant, to be given {@link #back}, where there is one. */
  synchronized Answer take(String tenant) {
    int own = held.getOrDefault(tenant, 0);
    if (left == 0) {
      return Answer.ALL_TAKEN;
    }
    if (own >= left) {
      return Answer.SHARE_TAKEN;
    }
    left--;
    held.put(tenant, own + 1);
    return Answer.GIVEN;
  }

  /** How many are taken. */
  synchronized int taken() {
    return all - left;
  }

  synchronized void back(String tenant) {
    left++;
    held.computeIfPresent(tenant, (any, own) -> own == 1 ? null : own - 1);
  }
}
