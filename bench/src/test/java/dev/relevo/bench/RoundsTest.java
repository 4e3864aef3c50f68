package dev.relevo.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoundsTest {
  private final List<String> turns = new ArrayList<>();

  @Test
  void contendersTakeTurnsAndAreComparedByTheirMedians() throws InterruptedException {
    Contender floor = scripted("floor", 2_000_000);
    Contender ours = scripted("ours", 3_000_000);
    Rounds rounds = new Rounds(List.of(floor, ours), message -> {});

    List<Rounds.Series> times = rounds.firstAnswers(2, 3, 0);

    assertThat(turns)
        .containsExactly(
            "floor", "floor", "floor", "ours", "ours", "ours", "floor", "floor", "floor", "ours",
            "ours", "ours");
    assertThat(times.getFirst().median()).isEqualTo(2.0);
    assertThat(Report.times("first answer", times)).contains("ours").contains("1.50");
  }

  @Test
  void rateIsRequestsByTime() throws InterruptedException {
    Rounds rounds = new Rounds(List.of(scripted("floor", 500_000_000)), message -> {});

    assertThat(rounds.throughput(1, 1_000, 10).getFirst().median()).isEqualTo(2_000);
  }

  @Test
  void percentilesLieBetweenWhatWasMeasured() {
    double[] sorted = {1, 2, 3, 4};

    assertThat(Rounds.percentile(sorted, 0)).isEqualTo(1);
    assertThat(Rounds.percentile(sorted, 50)).isEqualTo(2.5);
    assertThat(Rounds.percentile(sorted, 100)).isEqualTo(4);
  }

  private Contender scripted(String name, long nanos) {
    return new Contender() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public long firstAnswerNanos() {
        turns.add(name);
        return nanos;
      }

      @Override
      public long manyNanos(int requests, int inFlight) {
        return nanos;
      }

      @Override
      public void close() {}
    };
  }
}
