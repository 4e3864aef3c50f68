package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Lane;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What control says of jobs that are not known yet, and of the lanes. */
final class Cancels {
  private final int maxRemembered;
  private final Map<String, String> reasons = new LinkedHashMap<>();
  private final Set<Lane> paused = EnumSet.noneOf(Lane.class);

  /**
   * @param maxRemembered beyond it the oldest is forgotten
   */
  Cancels(int maxRemembered) {
    this.maxRemembered = maxRemembered;
  }

  void remember(String job, String reason) {
    reasons.putIfAbsent(job, reason);
    if (reasons.size() > maxRemembered) {
      reasons.remove(reasons.keySet().iterator().next());
    }
  }

  /** Why a job that is read now was cancelled before, or null. */
  @Nullable String reason(String job) {
    return reasons.get(job);
  }

  void pause(Lane lane) {
    paused.add(lane);
  }

  void resume(Lane lane) {
    paused.remove(lane);
  }

  boolean isPaused(Lane lane) {
    return paused.contains(lane);
  }
}
