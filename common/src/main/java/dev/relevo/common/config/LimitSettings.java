package dev.relevo.common.config;

import java.util.List;

/**
 * How much a backend is given; a full one is passed over until it has room again. What its own
 * responses say of its limits holds besides.
 *
 * @param concurrent calls at once; default 0. 0: as many as the node's capacity; fewer than the
 *     server could do leaves it idle.
 * @param requestsPerMinute calls begun in a minute; default 0. 0: any number; low keeps jobs
 *     waiting that the provider would take.
 * @param tokensPerMinute tokens of requests and answers in a minute, estimated before a call and
 *     corrected after it; default 0. 0: any number; less than one job needs lets one job through at
 *     a time.
 */
public record LimitSettings(int concurrent, int requestsPerMinute, int tokensPerMinute) {

  static final Entry.Setting<Integer> CONCURRENT =
      new Entry.Setting<>(
          "concurrent",
          Kinds.wholeNumber(0, 100_000),
          0,
          "Calls at once",
          "0: as many as the node's capacity; fewer than the server could do leaves it idle");

  static final Entry.Setting<Integer> REQUESTS_PER_MINUTE =
      new Entry.Setting<>(
          "requests-per-minute",
          Kinds.wholeNumber(0, 10_000_000),
          0,
          "Calls begun in a minute",
          "0: any number; low keeps jobs waiting that the provider would take");

  static final Entry.Setting<Integer> TOKENS_PER_MINUTE =
      new Entry.Setting<>(
          "tokens-per-minute",
          Kinds.wholeNumber(0, 2_000_000_000),
          0,
          "Tokens of requests and answers in a minute, estimated before a call and corrected"
              + " after it",
          "0: any number; less than one job needs lets one job through at a time");

  static final Entry.Section<LimitSettings> SECTION =
      new Entry.Section<>(
          "limits", List.of(CONCURRENT, REQUESTS_PER_MINUTE, TOKENS_PER_MINUTE), LimitSettings::of);

  /** No limit. */
  public static final LimitSettings NONE = new LimitSettings(0, 0, 0);

  public LimitSettings {
    new Rules("limits")
        .check(CONCURRENT, concurrent)
        .check(REQUESTS_PER_MINUTE, requestsPerMinute)
        .check(TOKENS_PER_MINUTE, tokensPerMinute)
        .verify();
  }

  private static LimitSettings of(Values values) {
    return new LimitSettings(
        values.get(CONCURRENT), values.get(REQUESTS_PER_MINUTE), values.get(TOKENS_PER_MINUTE));
  }
}
