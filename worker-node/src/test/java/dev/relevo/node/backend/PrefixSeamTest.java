package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrefixSeamTest {
  @ParameterizedTest
  @CsvSource(
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        // what the reader has, what the server says, what is new of it
        "Once upon,' a time',' a time'",
        "Once upon,Once upon a time,' a time'",
        "'Once upon ',' a time','a time'",
        "'Once upon ','a time','a time'",
        "'Once upon ','Once upon a time','a time'",
        "'Once upon ','\na time','\na time'",
        "'Once upon ','Once','Once'",
        "Once upon,Only once,Only once",
        "'  ',a,a",
        "Once,Once,''"
      })
  void givesOnlyWhatIsNewHoweverItIsSplit(String prefix, String said, String fresh) {
    PrefixSeam whole = new PrefixSeam(prefix, true);
    assertThat(whole.accept(said) + whole.end()).isEqualTo(fresh);
    PrefixSeam split = new PrefixSeam(prefix, true);
    StringBuilder text = new StringBuilder();
    said.chars().forEach(character -> text.append(split.accept(Character.toString(character))));
    assertThat(text + split.end()).isEqualTo(fresh);
  }

  @Test
  void aServerThatDoesNotEchoMayRepeatItself() {
    assertThat(new PrefixSeam("ha", false).accept("ha ha")).isEqualTo("ha ha");
  }
}
