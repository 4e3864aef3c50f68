package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SettledFileTest {
  private final SettledFile file = new SettledFile();
  private long nowNanos;

  private boolean isDue(String content, Duration later) {
    nowNanos += later.toNanos();
    return file.isDue(new SettledFile.Look(content), nowNanos);
  }

  private boolean isDue(String content) {
    return isDue(content, SettledFile.STILL);
  }

  @Test
  void isReadOnceItHasStoodStill() {
    assertThat(isDue("a")).isFalse();
    assertThat(isDue("ab")).as("somebody writes").isFalse();
    assertThat(isDue("abc")).isFalse();
    assertThat(isDue("abc", Duration.ofMillis(1))).as("no pause between two looks").isFalse();
    assertThat(isDue("abc")).isTrue();
    assertThat(isDue("abc")).as("only once").isFalse();
  }

  @Test
  void isReadAgainForTheFilesThatItNames() {
    isDue("a");
    assertThat(isDue("a")).isTrue();
    assertThat(isDue("a", SettledFile.AGAIN.minusMillis(1))).isFalse();
    assertThat(isDue("a", Duration.ofMillis(1))).isTrue();
  }

  @Test
  void oneThatIsAwayForAMomentIsWaitedFor() {
    isDue("a");
    isDue("a");

    assertThat(isDue("")).isFalse();
    assertThat(isDue("\n", SettledFile.GONE.minusMillis(1))).as("emptied").isFalse();
    assertThat(isDue("b")).isFalse();
    assertThat(isDue("b")).isTrue();
  }

  @Test
  void oneThatStaysAwayIsTold() {
    isDue("a");
    isDue("a");

    assertThat(isDue("")).isFalse();
    assertThat(isDue("", SettledFile.GONE)).isTrue();
    assertThat(isDue("", SettledFile.GONE)).isFalse();
  }

  @Test
  void whatChangedWhileItWasReadIsReadAgain() {
    isDue("a");
    assertThat(isDue("a")).isTrue();
    file.notRead();

    assertThat(isDue("ab")).isFalse();
    assertThat(isDue("a")).isFalse();
    assertThat(isDue("a")).isTrue();
  }
}
