package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Lane;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What control says of jobs, also of those that are not known yet, and of the lanes. */
final class Cancels {
  private final int maxRemembered;
  private final Map<String, Remembered> byJob = new LinkedHashMap<>();
  private final Set<Lane> paused = EnumSet.noneOf(Lane.class);

  /** The newest cancel of a job, and when Kafka took it. */
  private record Remembered(String reason, long appendedAtMs) {}

  /**
   * @param maxRemembered beyond it the oldest is forgotten
   */
  Cancels(int maxRemembered) {
    this.maxRemembered = maxRemembered;
  }

  void remember(ControlRecord.Cancel cancel, long appendedAtMs) {
    Remembered before = byJob.remove(cancel.job());
    // The brokers' clocks may go back when the partition gets another leader.
    long newestMs = before == null ? appendedAtMs : Math.max(appendedAtMs, before.appendedAtMs);
    byJob.put(cancel.job(), new Remembered(cancel.reason(), newestMs));
    if (byJob.size() > maxRemembered) {
      byJob.remove(byJob.keySet().iterator().next());
    }
  }

  /** Why a job was cancelled, as far as it is meant, or null. */
  @Nullable String reason(JobEntry entry) {
    Remembered cancel = byJob.get(entry.id);
    return cancel != null && means(cancel.appendedAtMs, entry) ? cancel.reason : null;
  }

  /** Whether a cancel that Kafka took then means a job, which may be a replay. */
  static boolean means(long appendedAtMs, JobEntry entry) {
    return entry.replayedAtMs == null
        || ControlRecord.Cancel.meansReplay(appendedAtMs, entry.replayedAtMs);
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
