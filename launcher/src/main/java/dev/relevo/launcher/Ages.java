package dev.relevo.launcher;

import java.util.concurrent.TimeUnit;

/** Spans of time as people say them, in the largest unit that still says enough: 90s, 12m, 5h. */
final class Ages {
  private Ages() {}

  /** A span; below zero counts as none. */
  static String of(long ms) {
    long seconds = TimeUnit.MILLISECONDS.toSeconds(Math.max(0, ms));
    if (seconds < 120) {
      return seconds + "s";
    }
    long minutes = TimeUnit.SECONDS.toMinutes(seconds);
    if (minutes < 120) {
      return minutes + "m";
    }
    long hours = TimeUnit.MINUTES.toHours(minutes);
    return hours < 48 ? hours + "h" : TimeUnit.HOURS.toDays(hours) + "d";
  }
}
