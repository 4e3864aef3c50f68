package dev.relevo.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobCursorTest {
  @Test
  void isReadAsItWasWritten() {
    JobCursor cursor =
        new JobCursor(Map.of(0, 0L, 1, 127L, 7, 128L, 9_999, Long.MAX_VALUE >>> 1, 12, 1L << 40));

    assertThat(JobCursor.parse(cursor.text())).isEqualTo(cursor);
    assertThat(new JobCursor(Map.of(3, 100_000L)).text()).hasSizeLessThan(8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"?", "gA", "AIA", "____________", "ä"})
  void whatIsNoneIsRefused(String text) {
    assertThatThrownBy(() -> JobCursor.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
