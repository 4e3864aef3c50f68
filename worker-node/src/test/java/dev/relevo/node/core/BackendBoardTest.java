package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.backend.WorkerInfo;
import dev.relevo.node.core.AttemptTable.ModelSupport;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BackendBoardTest {
  private static final WorkerInfo LOCAL = info("local", 1, "gemma3:4b", "llama3*");
  private static final WorkerInfo CLOUD = info("cloud", 3, "gemma3:4b");

  @Test
  void knowsWhichModelsItServesAndWhetherItCanNow() {
    BackendBoard board = board(BackendStrategy.LOCAL_FIRST);

    assertThat(board.support("gpt")).isEqualTo(ModelSupport.UNKNOWN);
    assertThat(board.support("llama3.1:8b")).isEqualTo(ModelSupport.AVAILABLE);

    board.checked(LOCAL, WorkerHealth.unavailable("gone"));

    assertThat(board.support("llama3.1:8b")).isEqualTo(ModelSupport.UNAVAILABLE);
    assertThat(board.support("gemma3:4b")).isEqualTo(ModelSupport.AVAILABLE);
    assertThat(board.choose("gemma3:4b", null)).containsExactly("cloud");
    assertThat(board.complaints()).containsEntry("local", "gone").hasSize(1);
  }

  @Test
  void isUnavailableUntilItsFirstCheck() {
    BackendBoard board = new BackendBoard(BackendStrategy.LOCAL_FIRST, new Random(1));
    board.add(LOCAL, 10);

    assertThat(board.support("gemma3:4b")).isEqualTo(ModelSupport.UNAVAILABLE);
    assertThat(board.view().getFirst().health()).isEqualTo(NodeBeat.Health.UNAVAILABLE);
  }

  @Test
  void saysWhenHealthOrModelsChange() {
    BackendBoard board = board(BackendStrategy.LOCAL_FIRST);

    assertThat(board.checked(LOCAL, WorkerHealth.AVAILABLE)).isFalse();
    assertThat(board.checked(LOCAL, WorkerHealth.busy("full"))).isTrue();
    assertThat(board.checked(info("local", 1, "other"), WorkerHealth.busy("full"))).isTrue();
    assertThat(board.view().getFirst().models()).containsExactly("other");
  }

  @Test
  void prefersLowPriorityAndThenTheLeastLoaded() {
    BackendBoard board = board(BackendStrategy.LOCAL_FIRST);
    board.add(info("second", 1, "gemma3:4b"), 10);
    board.checked(info("second", 1, "gemma3:4b"), WorkerHealth.AVAILABLE);

    assertThat(board.choose("gemma3:4b", null)).containsExactly("local", "second", "cloud");
    board.began("local");
    assertThat(board.choose("gemma3:4b", null)).containsExactly("second", "local", "cloud");
    board.ended("local", null, null);
    assertThat(board.choose("gemma3:4b", null)).containsExactly("local", "second", "cloud");
  }

  @Test
  void takesTurns() {
    BackendBoard board = board(BackendStrategy.ROUND_ROBIN);

    assertThat(board.choose("gemma3:4b", null)).containsExactly("cloud", "local");
    assertThat(board.choose("gemma3:4b", null)).containsExactly("local", "cloud");
    assertThat(board.choose("gemma3:4b", null)).containsExactly("cloud", "local");
  }

  @Test
  void takesTheLeastLoaded() {
    BackendBoard board = board(BackendStrategy.LEAST_LOADED);
    board.began("cloud");

    assertThat(board.choose("gemma3:4b", null)).containsExactly("local", "cloud");
  }

  @Test
  void takesTheFastestAndTriesAnUnknownOneBefore() {
    BackendBoard board = board(BackendStrategy.FASTEST);
    board.began("cloud");
    board.ended("cloud", 20.0, 80.0);
    assertThat(board.choose("gemma3:4b", null)).containsExactly("local", "cloud");

    board.began("local");
    board.ended("local", 90.0, 10.0);
    assertThat(board.choose("gemma3:4b", null)).containsExactly("cloud", "local");
  }

  @Test
  void keepsASessionWithItsBackend() {
    BackendBoard board = board(BackendStrategy.STICKY);
    Set<String> used = new HashSet<>();
    for (int session = 0; session < 50; session++) {
      List<String> chosen = board.choose("gemma3:4b", "session-" + session);
      assertThat(board.choose("gemma3:4b", "session-" + session)).isEqualTo(chosen);
      used.add(chosen.getFirst());
    }
    assertThat(used).containsExactlyInAnyOrder("local", "cloud");
    assertThat(board.choose("gemma3:4b", null).getFirst()).isEqualTo("local");
  }

  @Test
  void sharesByWeight() {
    BackendBoard board = board(BackendStrategy.WEIGHTED);
    int cloud = 0;
    for (int i = 0; i < 4_000; i++) {
      cloud += board.choose("gemma3:4b", null).getFirst().equals("cloud") ? 1 : 0;
    }
    assertThat(cloud).isBetween(2_850, 3_150);
  }

  @Test
  void showsMovingAverages() {
    BackendBoard board = board(BackendStrategy.RANDOM);
    board.began("local");
    board.ended("local", 100.0, null);
    board.began("local");
    board.ended("local", 200.0, 50.0);

    NodeBeat.Backend view = board.view().getFirst();
    assertThat(view.ttftMs()).isEqualTo(120.0);
    assertThat(view.tokensPerSecond()).isEqualTo(50.0);
  }

  @Test
  void namesItsStrategies() {
    assertThat(BackendStrategy.named("least-loaded")).isEqualTo(BackendStrategy.LEAST_LOADED);
    assertThatThrownBy(() -> BackendStrategy.named("cheapest"))
        .hasMessageContaining("'cheapest'")
        .hasMessageContaining("local-first, round-robin");
  }

  @Test
  void refusesTwoBackendsOfOneName() {
    BackendBoard board = board(BackendStrategy.LOCAL_FIRST);

    assertThatThrownBy(() -> board.add(LOCAL, 10)).hasMessageContaining("'local'");
  }

  private static BackendBoard board(BackendStrategy strategy) {
    BackendBoard board = new BackendBoard(strategy, new Random(7));
    board.add(LOCAL, 10);
    board.add(CLOUD, 50);
    board.checked(LOCAL, WorkerHealth.AVAILABLE);
    board.checked(CLOUD, WorkerHealth.AVAILABLE);
    return board;
  }

  private static WorkerInfo info(String name, int weight, String... models) {
    return new WorkerInfo(
        name, "echo", List.of(models), new WorkerInfo.Capabilities(false), weight);
  }
}
