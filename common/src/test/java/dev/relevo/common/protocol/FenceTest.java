package dev.relevo.common.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FenceTest {

  @Test
  void readsWhatItWrites() {
    Fence fence = new Fence(7, 123_456_789_012L, 3);

    assertThat(fence).hasToString("7.123456789012.3");
    assertThat(Fence.parse(fence.toString())).isEqualTo(fence);
  }

  @Test
  void comparesEpochAndAttemptAsNumbers() {
    assertThat(new Fence(0, 10, 0).isHigherThan(new Fence(0, 9, 99))).isTrue();
    assertThat(new Fence(0, 9, 10).isHigherThan(new Fence(0, 9, 9))).isTrue();
    assertThat(new Fence(0, 9, 9).isHigherThan(new Fence(0, 9, 9))).isFalse();
    assertThat(new Fence(0, 9, 8).isHigherThan(new Fence(0, 9, 9))).isFalse();
  }

  @Test
  void isNeverHigherThanOneOfAnotherHome() {
    assertThat(new Fence(1, 10, 0).isHigherThan(new Fence(0, 1, 0))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "1.2", "1.2.3.4", "a.b.c", "-1.2.3", "1..3", "99999999999.1.1"})
  void saysWhatIsWrong(String text) {
    assertThatThrownBy(() -> Fence.parse(text))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage("fence '" + text + "' is not home.epoch.attempt");
  }
}
