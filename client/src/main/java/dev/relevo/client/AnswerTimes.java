package dev.relevo.client;

import org.jspecify.annotations.Nullable;

/**
 * How an answer came along, by the time-stamps of its records: epoch milliseconds, on the clocks of
 * those who wrote them.
 *
 * @param startedAtMs when the first attempt claimed it; null before that
 * @param firstChunkAtMs when the first piece came; null before that
 * @param endedAtMs when it ended; null before that
 */
public record AnswerTimes(
    @Nullable Long startedAtMs, @Nullable Long firstChunkAtMs, @Nullable Long endedAtMs) {
  static final AnswerTimes NONE = new AnswerTimes(null, null, null);

  AnswerTimes started(long atMs) {
    return startedAtMs == null ? new AnswerTimes(atMs, firstChunkAtMs, endedAtMs) : this;
  }

  AnswerTimes chunk(long atMs) {
    return firstChunkAtMs == null ? new AnswerTimes(startedAtMs, atMs, endedAtMs) : this;
  }

  AnswerTimes ended(long atMs) {
    return new AnswerTimes(startedAtMs, firstChunkAtMs, atMs);
  }
}
