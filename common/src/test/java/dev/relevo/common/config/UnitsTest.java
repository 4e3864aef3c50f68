package dev.relevo.common.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {
  @ParameterizedTest
  @CsvSource({"500ms,500", "2s,2000", "15m,900000", "24h,86400000", "7d,604800000", "0ms,0"})
  void readsAndWritesDurations(String text, long millis) {
    assertThat(Units.parseDuration(text)).isEqualTo(Duration.ofMillis(millis));
    assertThat(Units.printDuration(Duration.ofMillis(millis))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"1000,1000", "8KiB,8192", "256MiB,268435456", "1GiB,1073741824", "0,0"})
  void readsAndWritesSizes(String text, long bytes) {
    assertThat(Units.parseBytes(text)).isEqualTo(bytes);
    assertThat(Units.printBytes(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "2", "2 s", "2sec", "-2s", "2S", "1.5s", "PT2S", "999999999999999999d"})
  void refusesOtherDurations(String text) {
    assertThat(Units.parseDuration(text)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1KB", "1kib", "1 KiB", "-1", "1TiB", "99999999999999999GiB"})
  void refusesOtherSizes(String text) {
    assertThat(Units.parseBytes(text)).isNull();
  }

  @ParameterizedTest
  @CsvSource({"2 s,2s", "2,2s", "5min,5m", "3 hours,3h", "2sec,2s", "100 millis,100ms", "2S,2s"})
  void guessesTheDurationThatWasMeant(String text, String meant) {
    assertThat(Units.suggestDuration(text)).contains(meant);
  }

  @Test
  void guessesTheSizeThatWasMeant() {
    assertThat(Units.suggestBytes("256MB")).contains("256MiB");
    assertThat(Units.suggestBytes("1g")).contains("1GiB");
    assertThat(Units.suggestBytes("8 kib")).contains("8KiB");
    assertThat(Units.suggestBytes("5 parsecs")).isEmpty();
    assertThat(Units.suggestDuration("soon")).isEmpty();
  }
}
