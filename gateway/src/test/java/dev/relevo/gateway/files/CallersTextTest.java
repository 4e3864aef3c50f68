package dev.relevo.gateway.files;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CallersTextTest {
  private static final String OWL = "\ud83e\udd89";

  @Test
  void aPairIsWholeAndNoHalfIs() {
    assertThat(CallersText.isWhole("a " + OWL + " b")).isTrue();
    assertThat(CallersText.isWhole("a \ud83e b")).isFalse();
    assertThat(CallersText.isWhole("\udd89\ud83e")).isFalse();
  }

  @Test
  void aCutSplitsNoPair() {
    assertThat(CallersText.cut("abc", 3)).isEqualTo("abc");
    assertThat(CallersText.cut("abcd", 3)).isEqualTo("abc");
    assertThat(CallersText.cut("ab" + OWL, 3)).isEqualTo("ab");
    assertThat(CallersText.cut("ab" + OWL + "c", 4)).isEqualTo("ab" + OWL);
  }

  @Test
  void aLongFileNameIsCutBetweenCharacters() {
    String cut = Upload.filename(FormField.of("form-data; filename=" + "a".repeat(254) + OWL));

    assertThat(cut).isEqualTo("a".repeat(254));
  }
}
