package dev.relevo.gateway.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LeastPaceTest {
  private static final long SECOND = 1_000_000_000L;

  private final LeastPace pace = new LeastPace(1_000, Duration.ofSeconds(30));

  @Test
  void patienceIsHadWhateverComes() {
    pace.passed(0, 30 * SECOND);
    assertThat(pace.isTooSlow()).isFalse();
    pace.passed(-1, 1);
    assertThat(pace.isTooSlow()).isTrue();
  }

  @Test
  void whatComesBuysTime() {
    for (int second = 0; second < 100_000; second++) {
      pace.passed(1_000, SECOND);
    }
    assertThat(pace.isTooSlow()).isFalse();
    pace.passed(0, 31 * SECOND);
    assertThat(pace.isTooSlow()).isTrue();
  }

  @Test
  void aLargeFileCannotTakeForEver() {
    // As defaults have it: 200 MiB at 16 KiB a second, and 30 s.
    LeastPace slow = new LeastPace(16 << 10, Duration.ofSeconds(30));
    slow.passed(200L << 20, Duration.ofHours(4).toNanos());
    assertThat(slow.isTooSlow()).isTrue();
  }
}
