package dev.relevo.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PaceTest {
  private final AtomicLong nanos = new AtomicLong();

  @Test
  void aPaceEndsWithTheSignalAndNotBefore() {
    CompletableFuture<String> stop = new CompletableFuture<>();
    Pace pace = new Pace(0.001, stop, nanos::get);
    assertThat(pace.awaitTurn()).as("the first goes at once").isTrue();

    stop.complete("Ctrl-C");

    assertThat(pace.awaitTurn()).isFalse();
  }

  @Test
  void aPaceThatIsLateLetsNoBurstThrough() {
    Pace pace = new Pace(2, new CompletableFuture<>(), nanos::get);
    assertThat(pace.nextNanos()).isZero();
    assertThat(pace.awaitTurn()).isTrue();
    assertThat(pace.nextNanos()).isEqualTo(500_000_000);
    nanos.set(10_000_000_000L);
    assertThat(pace.awaitTurn()).isTrue();
    assertThat(pace.nextNanos()).isEqualTo(10_000_000_000L);
    assertThat(pace.awaitTurn()).isTrue();
    assertThat(pace.nextNanos()).isEqualTo(10_500_000_000L);
  }
}
