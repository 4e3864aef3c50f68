package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

import okhttp3.Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimitHeadersTest {

  @Test
  void readsTheHeadersOfOpenAiAndGroq() {
    Headers headers =
        Headers.of(
            "x-ratelimit-limit-requests", "60",
            "x-ratelimit-remaining-requests", "59",
            "x-ratelimit-reset-requests", "1s",
            "x-ratelimit-remaining-tokens", "149984",
            "x-ratelimit-reset-tokens", "6m0s");
    assertThat(LimitHeaders.read(headers))
        .isEqualTo(new LimitNews(59L, 1_000L, 149_984L, 360_000L));
  }

  @Test
  void readsTheHeadersOfAnthropicByTheServersClock() {
    Headers headers =
        Headers.of(
            "date", "Tue, 06 Jan 2026 10:00:00 GMT",
            "anthropic-ratelimit-requests-remaining", "3",
            "anthropic-ratelimit-requests-reset", "2026-01-06T10:00:02Z",
            "anthropic-ratelimit-tokens-remaining", "9000",
            "anthropic-ratelimit-tokens-reset", "2026-01-06T10:01:00Z",
            "anthropic-ratelimit-output-tokens-remaining", "500",
            "anthropic-ratelimit-output-tokens-reset", "2026-01-06T09:59:00Z");
    assertThat(LimitHeaders.read(headers)).isEqualTo(new LimitNews(3L, 2_000L, 500L, 0L));
  }

  @Test
  void knowsNothingWithoutThem() {
    assertThat(LimitHeaders.read(Headers.of("date", "Tue, 06 Jan 2026 10:00:00 GMT")))
        .isSameAs(LimitNews.NONE);
    assertThat(
            LimitHeaders.read(
                Headers.of(
                    "x-ratelimit-remaining-requests", "many",
                    "x-ratelimit-remaining-tokens", "1",
                    "x-ratelimit-reset-tokens", "tomorrow")))
        .isEqualTo(new LimitNews(null, null, 1L, null));
  }

  @ParameterizedTest
  @CsvSource({
    "1s,1000",
    "6m0s,360000",
    "120ms,120",
    "1h2m3.5s,3723500",
    "2.5,2500",
    "7µs,1",
    "0s,0"
  })
  void readsSpans(String text, long ms) {
    assertThat(LimitHeaders.span(text)).isEqualTo(ms);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "s", "1x", "1s tomorrow", "-1s"})
  void whatIsNoSpanIsUnknown(String text) {
    assertThat(LimitHeaders.span(text)).isNull();
  }
}
