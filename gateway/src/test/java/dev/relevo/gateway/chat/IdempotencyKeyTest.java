package dev.relevo.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.gateway.http.HttpProblem;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdempotencyKeyTest {
  private static String job(String key, String tenant, int generation) {
    return IdempotencyKey.read(Optional.of(key), tenant).orElseThrow().job(generation);
  }

  @Test
  void theJobFollowsFromTenantAndKeyAlone() {
    assertThat(job("k", "blue", 1))
        .isEqualTo("key-7e96428ab3d36c58d3f11c0c6bf54f22b0fcd11c")
        .isEqualTo(job("k", "blue", 1))
        .isNotEqualTo(job("k", "red", 1))
        .isNotEqualTo(job("l", "blue", 1));
    assertThat(job("k", "blue", 2)).isEqualTo(job("k", "blue", 1) + "-2");
    assertThat(IdempotencyKey.read(Optional.empty(), "blue")).isEmpty();
  }

  @Test
  void aKeyMayHaveAllVisibleCharacters() {
    assertThat(job("~".repeat(255), "blue", 16)).hasSizeLessThan(128);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "with space", "umlaut-ü", "tab\t"})
  void aKeyThatIsNoneIsNamed(String key) {
    assertThatThrownBy(() -> job(key, "blue", 1))
        .isInstanceOf(HttpProblem.class)
        .hasMessage(
            "Header Idempotency-Key is '%s', expected 1 to 255 visible ASCII characters."
                .formatted(key));
    assertThatThrownBy(() -> job("x".repeat(256), "blue", 1))
        .hasMessageContaining("256 characters");
  }
}
