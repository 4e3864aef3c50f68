package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.NodeBeat.Backend;
import dev.relevo.common.protocol.NodeBeat.Health;
import dev.relevo.common.protocol.NodeBeat.Order;
import dev.relevo.common.registry.RegisteredNode;
import dev.relevo.operator.Fleet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OrderWatchTest {
  private static final long OFFSET = 7;
  private static final Order TAKEN = new Order(OFFSET, true, null);

  private static RegisteredNode node(String id, List<Backend> backends, Order... orders) {
    NodeBeat beat =
        new NodeBeat(
            id,
            "i-" + id,
            0,
            0,
            NodeBeat.State.READY,
            1,
            1_000,
            Map.of(),
            backends,
            List.of(orders));
    return new RegisteredNode(beat, 0, 0, 0, 0);
  }

  private static Fleet fleet(RegisteredNode... live) {
    return new Fleet(List.of(live), List.of(), Map.of(), 0);
  }

  private static List<Backend> cloud(Health health, String reason, String... models) {
    return List.of(
        new Backend(
            "cloud", "openai", List.of(models), 10, 1, health, "CLOSED", null, null, reason));
  }

  private final RegisteredNode attic = node("attic", List.of());
  private final RegisteredNode cellar = node("cellar", List.of());
  private final OrderWatch watch = new OrderWatch(List.of(attic, cellar), OFFSET, "cloud", true);

  private static List<String> words(List<OrderOutcome> outcomes) {
    return outcomes.stream().map(OrderOutcome::words).toList();
  }

  @Test
  void isDoneWhenEachNodeHasSaidWhatItDid() {
    assertThat(watch.look(fleet(attic, cellar), 10)).isEmpty();
    assertThat(
            words(
                watch.look(
                    fleet(
                        node("attic", cloud(Health.AVAILABLE, null, "m"), TAKEN),
                        node("cellar", List.of(), new Order(OFFSET - 1, true, null))),
                    20)))
        .containsExactly("Node attic has backend cloud, which is available, with m.");
    assertThat(watch.isDone()).isFalse();

    assertThat(
            words(
                watch.look(
                    fleet(attic, node("cellar", List.of(), new Order(OFFSET, false, "no key."))),
                    30)))
        .containsExactly("Node cellar did not: no key.");
    assertThat(watch.isDone()).isTrue();
    assertThat(watch.isObeyed()).isFalse();
  }

  @Test
  void aBackendIsGivenTimeToBeAsked() {
    RegisteredNode unasked =
        node("attic", cloud(Health.UNAVAILABLE, "nobody listens at port 1"), TAKEN);
    OrderWatch one = new OrderWatch(List.of(attic), OFFSET, "cloud", true);

    assertThat(one.look(fleet(unasked), 100)).isEmpty();
    assertThat(words(one.look(fleet(unasked), 100 + OrderWatch.CHECKED.toMillis())))
        .containsExactly(
            "Node attic has backend cloud, which is unavailable: nobody listens at port 1, with no"
                + " model yet.");
    assertThat(one.isObeyed()).isTrue();
  }

  @Test
  void whoIsGoneOrDeafIsToldSo() {
    assertThat(words(watch.look(fleet(attic), 10)))
        .containsExactly("Node cellar is not there any more.");
    assertThat(words(watch.look(fleet(attic), OrderWatch.DEAF.toMillis())))
        .containsExactly(
            "Node attic beats on and says nothing of it: it does not seem to read control.");
    assertThat(watch.isObeyed()).isFalse();
  }

  @Test
  void aRemovalIsDoneAtOnceAndMayHaveANote() {
    OrderWatch removal = new OrderWatch(List.of(attic), OFFSET, "cloud", false);

    List<OrderOutcome> outcomes =
        removal.look(
            fleet(node("attic", List.of(), new Order(OFFSET, true, "its file still names it"))), 5);

    assertThat(words(outcomes))
        .containsExactly("Node attic has no backend cloud any more; its file still names it.");
    assertThat(BackendTable.json(outcomes.getFirst()))
        .startsWith("{\"node\":\"attic\",\"taken\":true,\"words\":\"Node attic has no")
        .doesNotContain("\"backend\":");
  }

  @Test
  void theTableTellsHowEachBackendIs() {
    RegisteredNode both =
        node(
            "attic",
            List.of(
                cloud(Health.UNAVAILABLE, "down\u202e").getFirst(),
                new Backend(
                    "local",
                    "ollama",
                    List.of("a", "b"),
                    5,
                    1,
                    Health.BUSY,
                    "HALF_OPEN",
                    1.0,
                    null)));

    assertThat(BackendTable.of(List.of(both, cellar)))
        .containsExactly(
            "NODE   BACKEND  TYPE    HEALTH       BREAKER    PRIORITY  MODELS  REASON",
            "attic  cloud    openai  unavailable  closed     10        -       down\\u202e",
            "       local    ollama  busy         half open  5         a, b",
            "Node cellar has no backend, so it is given nothing.");
    assertThat(BackendTable.json(List.of(both)))
        .hasSize(2)
        .last()
        .asString()
        .startsWith("{\"node\":\"attic\",\"name\":\"local\",\"type\":\"ollama\"");
  }
}
