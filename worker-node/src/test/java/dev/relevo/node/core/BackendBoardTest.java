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

    assertThat(board.support("gpt", 0)).isEqualTo(ModelSupport.UNKNOWN);
    assertThat(board.support("llama3.1:8b", 0)).isEqualTo(ModelSupport.AVAILABLE);

    board.checked(LOCAL, WorkerHealth.unavailable("gone"), 0);

    assertThat(board.support("llama3.1:8b", 0)).isEqualTo(ModelSupport.UNAVAILABLE);
    assertThat(board.support("gemma3:4b", 0)).isEqualTo(ModelSupport.AVAILABLE);
    assertThat(board.choose("gemma3:4b", null, 0)).containsExactly("cloud", "local");
    assertThat(board.complaints(0)).containsEntry("local", "gone").hasSize(1);
  }

  @Test
  void isUnavailableUntilItsFirstCheck() {
    BackendBoard board = new BackendBoard(BackendStrategy.LOCAL_FIRST, new Random(1));
    board.add(LOCAL, 10, BackendPolicy.DEFAULT);

    assertThat(board.support("gemma3:4b", 0)).isEqualTo(ModelSupport.UNAVAILABLE);
    assertThat(board.view(0).getFirst().health()).isEqualTo(NodeBeat.Health.UNAVAILABLE);
  }

  @Test
  void saysWhenHealthOrModelsChange() {
    BackendBoard board = board(BackendStrategy.LOCAL_FIRST);

    assertThat(board.checked(LOCAL, WorkerHealth.AVAILABLE, 0)).isFalse();
    assertThat(board.checked(LOCAL, WorkerHealth.busy("full"), 0)).isTrue();
    assertThat(board.checked(info("local", 1, "other"), WorkerHealth.busy("full"), 0)).isTrue();
    assertThat(board.view(0).getFirst().models()).containsExactly("other");
  }

  @Test
  void prefersLowPriorityAndThenTheLeastLoaded() {
    BackendBoard board = board(BackendStrategy.LOCAL_FIRST);
    board.add(info("second", 1, "gemma3:4b"), 10, BackendPolicy.DEFAULT);
    board.checked(info("second", 1, "gemma3:4b"), WorkerHealth.AVAILABLE, 0);

    assertThat(board.choose("gemma3:4b", null, 0)).containsExactly("local", "second", "cloud");
    Ticket call1 = board.take("local", 1, 0);
    assertThat(board.choose("gemma3:4b", null, 0)).containsExactly("second", "local", "cloud");
    board.ended(call1, CallReport.WELL.measured(null, null, null), 0);
    assertThat(board.choose("gemma3:4b", null, 0)).containsExactly("local", "second", "cloud");
  }

  @Test
  void takesTurns() {
    BackendBoard board = board(BackendStrategy.ROUND_ROBIN);

    assertThat(board.choose("gemma3:4b", null, 0)).containsExactly("cloud", "local");
    assertThat(board.choose("gemma3:4b", null, 0)).containsExactly("local", "cloud");
    assertThat(board.choose("gemma3:4b", null, 0)).containsExactly("cloud", "local");
  }

  @Test
  void takesTheLeastLoaded() {
    BackendBoard board = board(BackendStrategy.LEAST_LOADED);
    board.take("cloud", 1, 0);

    assertThat(board.choose("gemma3:4b", null, 0)).containsExactly("local", "cloud");
  }

  @Test
  void takesTheFastestAndTriesAnUnknownOneBefore() {
    BackendBoard board = board(BackendStrategy.FASTEST);
    Ticket call1 = board.take("cloud", 1, 0);
    board.ended(call1, CallReport.WELL.measured(null, 20.0, 80.0), 0);
    assertThat(board.choose("gemma3:4b", null, 0)).containsExactly("local", "cloud");

    Ticket call2 = board.take("local", 1, 0);
    board.ended(call2, CallReport.WELL.measured(null, 90.0, 10.0), 0);
    assertThat(board.choose("gemma3:4b", null, 0)).containsExactly("cloud", "local");
  }

  @Test
  void keepsASessionWithItsBackend() {
    BackendBoard board = board(BackendStrategy.STICKY);
    Set<String> used = new HashSet<>();
    for (int session = 0; session < 50; session++) {
      List<String> chosen = board.choose("gemma3:4b", "session-" + session, 0);
      assertThat(board.choose("gemma3:4b", "session-" + session, 0)).isEqualTo(chosen);
      used.add(chosen.getFirst());
    }
    assertThat(used).containsExactlyInAnyOrder("local", "cloud");
    assertThat(board.choose("gemma3:4b", null, 0).getFirst()).isEqualTo("local");
  }

  @Test
  void sharesByWeight() {
    BackendBoard board = board(BackendStrategy.WEIGHTED);
    int cloud = 0;
    for (int i = 0; i < 4_000; i++) {
      cloud += board.choose("gemma3:4b", null, 0).getFirst().equals("cloud") ? 1 : 0;
    }
    assertThat(cloud).isBetween(2_850, 3_150);
  }

  @Test
  void showsMovingAverages() {
    BackendBoard board = board(BackendStrategy.RANDOM);
    Ticket call1 = board.take("local", 1, 0);
    board.ended(call1, CallReport.WELL.measured(null, 100.0, null), 0);
    Ticket call2 = board.take("local", 1, 0);
    board.ended(call2, CallReport.WELL.measured(null, 200.0, 50.0), 0);

    NodeBeat.Backend view = board.view(0).getFirst();
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

    assertThatThrownBy(() -> board.add(LOCAL, 10, BackendPolicy.DEFAULT))
        .hasMessageContaining("'local'");
  }

  private static BackendBoard board(BackendStrategy strategy) {
    BackendBoard board = new BackendBoard(strategy, new Random(7));
    board.add(LOCAL, 10, BackendPolicy.DEFAULT);
    board.add(CLOUD, 50, BackendPolicy.DEFAULT);
    board.checked(LOCAL, WorkerHealth.AVAILABLE, 0);
    board.checked(CLOUD, WorkerHealth.AVAILABLE, 0);
    return board;
  }

  private static WorkerInfo info(String name, int weight, String... models) {
    return new WorkerInfo(
        name, "echo", List.of(models), new WorkerInfo.Capabilities(false), weight);
  }
}
