package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.asking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.NodeBeat;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Nodes that beat and do not read their slot (protocol section 3). */
class DeafNodeTest {
  private final House house = new House();

  @Test
  void aNodeThatBeatsButDoesNotReadLosesTheAssignment() {
    house.node("n1", "m");
    String job = house.job(asking("m"));
    house.node("n2", "m");

    house.pass(2_500, "n1", "n2");

    assertThat(house.lastAssign().assignment().job()).isEqualTo(job);
    assertThat(house.lastAssign().assignment().node()).isEqualTo("n2");
    assertThat(house.state(job).attemptsUsed()).describedAs("no node failed").isZero();
  }

  @Test
  void aDeafNodeLosesEverything() {
    house.node("n1", "m");
    String running = house.job(asking("m"));
    house.beatsAgain("n1", house.lastAssign().assignment().fence());
    house.accepted(running, house.lastAssign());
    String unread = house.job(asking("m"));
    house.node("n2", "m");

    house.pass(3_500, "n1", "n2");

    assertThat(house.state(unread).node()).isEqualTo("n2");
    assertThat(house.state(running).node()).isEqualTo("n2");
  }

  @Test
  void aSlowBrokerMakesNoNodeDeafAndNoAssignmentLate() {
    house.node("n1", "m");
    house.job(asking("m"));
    house.beatsAgain("n1", house.lastAssign().assignment().fence());
    house.job(asking("m"));
    house.node("n2", "m");
    house.ownBeatsLate(true);
    house.pass(5_000);

    house.ownBeatsLate(false);
    house.pass(1_500, "n1", "n2");

    assertThat(house.all(Effect.Assign.class)).hasSize(2);
    house.pass(2_000, "n1", "n2");
    assertThat(house.all(Effect.Assign.class)).hasSizeGreaterThan(2);
  }

  @Test
  void aDeafNodeGetsNothingNewHoweverOftenItBeats() {
    house.node("n1", "m");
    house.job(asking("m"));
    house.pass(3_500, "n1");
    house.node("n2", "m");
    assertThat(house.lastAssign().assignment().node()).isEqualTo("n2");

    List<Fence> reading = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      reading.add(house.lastAssign().assignment().fence());
      house.beatsAgain("n2", reading.toArray(Fence[]::new));
      house.pass(1_000, "n1", "n2");
      house.job(asking("m"));
      assertThat(house.lastAssign().assignment().node()).isEqualTo("n2");
    }
    assertThat(house.core.gauges().readyNodes()).isEqualTo(1);
  }

  @Test
  void aNodeThatReadAnAssignmentTooLateGetsNothingNewUntilThen() {
    house.node("n1", "m");
    house.job(asking("m"));

    house.pass(2_500, "n1");
    assertThat(house.all(Effect.Assign.class)).hasSize(1);

    house.beatsAgain("n1");
    assertThat(house.all(Effect.Assign.class)).hasSize(2);
    assertThat(house.lastAssign().assignment().node()).isEqualTo("n1");
  }

  @Test
  void aDeafNodeThatReadsAgainIsGivenWorkAgain() {
    house.node("n1", "m");
    house.job(asking("m"));
    house.pass(4_500, "n1");
    assertThat(house.all(Effect.Assign.class)).hasSize(1);

    house.beatsAgain("n1");

    assertThat(house.lastAssign().assignment().node()).isEqualTo("n1");
    assertThat(house.all(Effect.Assign.class)).hasSize(2);
  }

  @Test
  void aSlotThatLostRecordsDoesNotKeepItsNodeAway() {
    house.node("n1", "m");
    house.job(asking("m"));
    house.pass(4_500, "n1");

    house.beatsFrom("n1", house.slotEnd() - 3);

    assertThat(house.all(Effect.Assign.class)).hasSize(2);
  }

  @Test
  void aDeafNodeThatDiesAndComesAgainIsNotDeaf() {
    house.node("n1", "m");
    house.job(asking("m"));
    house.pass(3_500, "n1");
    house.pass(1_500);
    assertThat(house.all(Effect.Assign.class)).hasSize(1);

    house.node("n1", "2", NodeBeat.State.READY, 4, "m");

    assertThat(house.all(Effect.Assign.class)).hasSize(2);
    assertThat(house.lastAssign().assignment().incarnation()).isEqualTo("n1-2");
  }
}
