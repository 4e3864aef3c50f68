package dev.relevo.common.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.NodeBeat.State;
import dev.relevo.common.registry.RegistryStep.Ignored;
import dev.relevo.common.registry.RegistryStep.Left;
import dev.relevo.common.registry.RegistryStep.Refused;
import dev.relevo.common.registry.RegistryStep.Registered;
import dev.relevo.common.registry.RegistryStep.Replaced;
import dev.relevo.common.registry.RegistryStep.Updated;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RegistryTest {
  private static final long INTERVAL_MS = 1_000;

  private final Registry registry = new Registry(3);
  private long offset = 5;

  // A monotonic clock may well be negative.
  private long nowMs = -10_000;

  private RegistryStep give(NodeBeat beat) {
    return registry.apply(beat, offset++, now());
  }

  private long now() {
    return TimeUnit.MILLISECONDS.toNanos(nowMs);
  }

  private static NodeBeat beat(String node, String incarnation) {
    return beat(node, incarnation, State.READY, 0, 0);
  }

  private static NodeBeat beat(
      String node, String incarnation, State state, int slot, long position) {
    return new NodeBeat(
        node, incarnation, slot, position, state, 8, INTERVAL_MS, Map.of(), List.of());
  }

  private List<String> expire(boolean ownBeatsLate) {
    return registry.expire(now(), ownBeatsLate).stream().map(RegisteredNode::id).toList();
  }

  @Test
  void registersAndLists() {
    assertThat(give(beat("b", "i1"))).isInstanceOf(Registered.class);
    assertThat(give(beat("a", "i1", State.STARTING, 3, 0))).isInstanceOf(Registered.class);

    assertThat(registry.list()).extracting(RegisteredNode::id).containsExactly("a", "b");
    assertThat(registry.get("a").isReady()).isFalse();
    assertThat(registry.get("b", "i1").isReady()).isTrue();
    assertThat(registry.get("b", "i2")).isNull();
    assertThat(registry.get("c")).isNull();
  }

  @Test
  void keepsTheFirstOffsetAndWhenThePositionMoved() {
    give(beat("a", "i", State.READY, 0, 7));
    nowMs += 1_000;
    give(beat("a", "i", State.READY, 0, 7));
    long stoodStill = now();
    RegisteredNode node = registry.get("a");

    assertThat(node.firstOffset()).isEqualTo(5);
    assertThat(node.lastOffset()).isEqualTo(6);
    assertThat(node.readNanos()).isEqualTo(stoodStill);
    assertThat(node.movedNanos()).isLessThan(stoodStill);
    nowMs += 1_000;
    assertThat(give(beat("a", "i", State.READY, 0, 8))).isInstanceOf(Updated.class);
    assertThat(registry.get("a").movedNanos()).isEqualTo(now());
  }

  @Test
  void refusesADuplicateWhileTheKeeperLives() {
    give(beat("a", "first"));
    RegisteredNode keeper = registry.get("a");
    nowMs += 1_000;
    NodeBeat duplicate = beat("a", "second");

    assertThat(give(duplicate)).isEqualTo(new Refused(duplicate, keeper));
    assertThat(give(beat("a", "first"))).isInstanceOf(Updated.class);
    assertThat(give(beat("a", "second", State.LEFT, 0, 0))).isInstanceOf(Ignored.class);
    assertThat(registry.get("a", "first")).isNotNull();
  }

  @Test
  void aSilentKeepersPlaceIsTakenBeforeItExpires() {
    give(beat("a", "killed"));
    nowMs += 1_499;
    assertThat(give(beat("a", "restarted"))).isInstanceOf(Refused.class);
    nowMs += 1;

    assertThat(give(beat("a", "restarted"))).isInstanceOf(Replaced.class);
    assertThat(registry.get("a", "restarted")).isNotNull();
    assertThat(give(beat("a", "killed"))).isInstanceOf(Refused.class);
  }

  @Test
  void aNodeThatLeftMakesRoomAtOnce() {
    give(beat("a", "first"));

    assertThat(give(beat("a", "first", State.LEFT, 0, 0))).isInstanceOf(Left.class);
    assertThat(registry.list()).isEmpty();
    assertThat(give(beat("a", "second"))).isInstanceOf(Registered.class);
  }

  @Test
  void theLastWordOfOneThatIsGoneRegistersNobody() {
    assertThat(give(beat("a", "first", State.LEFT, 0, 0))).isInstanceOf(Ignored.class);
    assertThat(registry.list()).isEmpty();
  }

  @Test
  void expiresAfterThreeOfTheNodesOwnIntervals() {
    give(beat("a", "i"));
    nowMs += 2_999;
    assertThat(expire(false)).isEmpty();
    nowMs += 1;
    assertThat(expire(false)).containsExactly("a");
    assertThat(registry.list()).isEmpty();

    assertThat(give(beat("a", "i"))).isInstanceOf(Registered.class);
  }

  @Test
  void expiresNobodyWhileOwnBeatsAreLate() {
    give(beat("a", "i"));
    nowMs += 10_000;
    assertThat(expire(true)).isEmpty();
    nowMs += 2_999;
    assertThat(expire(false)).isEmpty();
    nowMs += 1;
    assertThat(expire(false)).containsExactly("a");
  }

  @Test
  void oldBeatsReadAgainChangeNothing() {
    give(beat("a", "i"));

    assertThat(registry.apply(beat("b", "i"), 5, now())).isInstanceOf(Ignored.class);
    assertThat(registry.list()).hasSize(1);
  }

  @Test
  void countsAtLeastOneMissedBeat() {
    assertThatThrownBy(() -> new Registry(0)).hasMessage("missedBeats is 0, expected 1 or more");
  }

  @Test
  void aStartingNodeTakesTheLeastUsedSlot() {
    give(beat("a", "i", State.READY, 0, 0));
    give(beat("b", "i", State.READY, 2, 0));
    give(beat("c", "i", State.READY, 99, 0));

    assertThat(Registry.chooseSlot(3, registry.list(), "any")).isEqualTo(1);
  }

  @Test
  void nodesStartingAtOnceSpreadOut() {
    Set<Integer> slots = new HashSet<>();
    List<Integer> all = new ArrayList<>();
    for (int start = 0; start < 200; start++) {
      all.add(Registry.chooseSlot(64, List.of(), "incarnation-" + start));
    }
    slots.addAll(all);

    assertThat(all).allSatisfy(slot -> assertThat(slot).isBetween(0, 63));
    assertThat(slots).hasSizeGreaterThan(32);
  }
}
