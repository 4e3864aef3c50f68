package dev.relevo.gateway.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.gateway.files.Places.Answer;
import org.junit.jupiter.api.Test;

class PlacesTest {
  private final Places places = new Places(16);

  private int takeAll(String tenant) {
    int taken = 0;
    while (places.take(tenant) == Answer.GIVEN) {
      taken++;
    }
    return taken;
  }

  @Test
  void nobodyHoldsMoreThanAreLeftForOthers() {
    assertThat(takeAll("greedy")).isEqualTo(8);
    assertThat(places.take("greedy")).isEqualTo(Answer.SHARE_TAKEN);
    assertThat(takeAll("second")).isEqualTo(4);
    assertThat(takeAll("third")).isEqualTo(2);
    assertThat(takeAll("fourth")).isEqualTo(1);
    assertThat(takeAll("fifth")).isEqualTo(1);
    assertThat(places.take("sixth")).isEqualTo(Answer.ALL_TAKEN);
    assertThat(places.take("greedy")).isEqualTo(Answer.ALL_TAKEN);
  }

  @Test
  void whatIsGivenBackCanBeTakenAgain() {
    takeAll("a");
    for (int i = 0; i < 8; i++) {
      places.back("a");
    }
    assertThat(takeAll("b")).isEqualTo(8);
    assertThat(places.take("a")).isEqualTo(Answer.GIVEN);
  }

  @Test
  void theOnlyPlaceIsForWhoComesFirst() {
    Places one = new Places(1);
    assertThat(one.take("a")).isEqualTo(Answer.GIVEN);
    assertThat(one.take("b")).isEqualTo(Answer.ALL_TAKEN);
    one.back("a");
    assertThat(one.take("b")).isEqualTo(Answer.GIVEN);
  }
}
