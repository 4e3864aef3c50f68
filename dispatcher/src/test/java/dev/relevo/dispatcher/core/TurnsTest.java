package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.ofTenant;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.DispatcherSettings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Whose turn it is (protocol section 4). */
class TurnsTest {
  private static final NodeBeat.State READY = NodeBeat.State.READY;

  private final House house = house();
  private final Map<String, String> tenants = new HashMap<>();
  private int bulk;

  private static House house(String... more) {
    return new House(settings(more), 0);
  }

  private static DispatcherSettings settings(String... more) {
    Map<String, String> variables = new HashMap<>();
    variables.put("RELEVO_DISPATCHER_WINDOW", "1000000");
    for (int i = 0; i < more.length; i += 2) {
      variables.put("RELEVO_DISPATCHER_" + more[i], more[i + 1]);
    }
    return new SettingsLoader().load(null, variables).dispatcher();
  }

  private String submit(House to, String tenant, int priority, String... models) {
    String job = to.job(ofTenant(tenant, priority, models));
    tenants.put(job, tenant);
    return job;
  }

  private void submitMany(House to, int count, String tenant, String... models) {
    for (int i = 0; i < count; i++) {
      submit(to, tenant, 5, models);
    }
  }

  private String submitBulk(House to, String tenant, String model) {
    String job = "bulk-" + bulk;
    to.record(Lane.BATCH, bulk++, job, ofTenant(tenant, 5, model), "{}");
    return job;
  }

  /** Whose jobs were given to nodes, in order. */
  private List<String> turns(House at, int from) {
    List<String> given = at.given();
    return given.subList(from, given.size()).stream()
        .map(job -> tenants.getOrDefault(job, "?"))
        .toList();
  }

  private static void finishInTurn(House house, int times) {
    for (int i = 0; i < times; i++) {
      house.finishLast();
    }
  }

  @Test
  void oneJobIsNextThoughAnotherTenantHasAHundredThousand() {
    house.node("n1", "1", READY, 1, "m");
    submitMany(house, 100_000, "many", "m");
    String single = submit(house, "one", 5, "m");

    house.finishLast();

    assertThat(house.lastAssign().assignment().job()).isEqualTo(single);
    assertThat(house.given()).hasSize(2);
  }

  @Test
  void anUrgentJobOfOneTenantDoesNotPassAnother() {
    house.node("n1", "1", READY, 1, "m");
    for (int i = 0; i < 10; i++) {
      submit(house, "pushing", 0, "m");
    }
    String single = submit(house, "one", 9, "m");

    house.finishLast();

    assertThat(house.lastAssign().assignment().job()).isEqualTo(single);
  }

  @Test
  void withOneTenantPriorityDecidesAndThenAge() {
    house.node("n1", "1", READY, 1, "m");
    submit(house, "t", 5, "m");
    String low = submit(house, "t", 9, "m");
    String usual = submit(house, "t", 5, "m");
    String later = submit(house, "t", 5, "m");
    String urgent = submit(house, "t", 0, "m");

    finishInTurn(house, 4);

    assertThat(house.given().subList(1, 5)).containsExactly(urgent, usual, later, low);
  }

  @Test
  void ageMakesUpForPriority() {
    House aging = house("AGEING", "10s");
    aging.node("n1", "1", READY, 1, "m");
    submitMany(aging, 4, "t", "m");
    String low = submit(aging, "t", 9, "m");
    int started = aging.given().size();

    while (!aging.given().contains(low) && aging.given().size() < 200) {
      submit(aging, "t", 0, "m");
      aging.finishLast();
      aging.beatsAgain("n1", aging.lastAssign().assignment().fence());
      aging.pass(1_000, "n1");
    }

    // Nine steps of ten seconds, an urgent job in each second, and a second for good measure.
    assertThat(aging.given()).contains(low);
    assertThat(aging.given().size() - started).isBetween(88, 96);
  }

  @Test
  void withoutAgeingOrderIsThatOfArrival() {
    House plain = house("AGEING", "0ms");
    plain.node("n1", "1", READY, 1, "m");
    submit(plain, "t", 5, "m");
    String low = submit(plain, "t", 9, "m");
    submit(plain, "t", 0, "m");

    plain.finishLast();

    assertThat(plain.lastAssign().assignment().job()).isEqualTo(low);
  }

  @Test
  void weightsDecideHowManyTurnsATenantGets() {
    House weighted = house("TENANTS", "heavy=3, light=1");
    weighted.node("n1", "1", READY, 1, "m");
    submitMany(weighted, 300, "light", "m");
    submitMany(weighted, 300, "heavy", "m");

    finishInTurn(weighted, 200);

    List<String> turns = turns(weighted, 1);
    assertThat(turns.stream().filter("heavy"::equals).count()).isBetween(149L, 151L);
    for (int i = 0; i + 8 <= turns.size(); i++) {
      assertThat(turns.subList(i, i + 8)).contains("light");
    }
  }

  @Test
  void whoWasAwayComesBackWithoutCreditOrDebt() {
    house.node("n1", "1", READY, 1, "m");
    submitMany(house, 100, "early", "m");
    finishInTurn(house, 50);
    submitMany(house, 100, "late", "m");
    int from = house.given().size();

    finishInTurn(house, 40);

    assertThat(turns(house, from).stream().filter("late"::equals).count()).isBetween(19L, 21L);
  }

  @Test
  void whatATenantHadOnOtherNodesDoesNotCount() {
    house.node("slow", "1", READY, 1, "a");
    submitMany(house, 100, "x", "a");
    house.node("fast", "1", READY, 1, "b");
    submitMany(house, 200, "y", "b");
    submitMany(house, 200, "z", "b");
    for (int i = 0; i < 300; i++) {
      house.finishLast();
      assertThat(house.lastAssign().assignment().node()).isEqualTo("fast");
    }
    String single = submit(house, "y", 5, "a");

    Effect.Assign onSlow =
        house.all(Effect.Assign.class).stream()
            .filter(assign -> assign.assignment().node().equals("slow"))
            .findFirst()
            .orElseThrow();
    house.succeeded(onSlow.assignment().job(), onSlow.assignment().fence(), "slow");

    assertThat(house.lastAssign().assignment().job()).isEqualTo(single);
  }

  @Test
  void manyWaysToAskGiveNoMoreTurns() {
    house.node("n1", "1", READY, 1, "a", "b");
    submitMany(house, 1, "start", "a");
    for (int i = 0; i < 50; i++) {
      submit(house, "sly", 5, "a", "other-" + i);
      submit(house, "sly", 5, "b", "other-" + i);
    }
    submitMany(house, 50, "plain", "a");

    finishInTurn(house, 40);

    assertThat(turns(house, 1).stream().filter("plain"::equals).count()).isBetween(19L, 21L);
  }

  @Test
  void noModelStarvesAnother() {
    house.node("n1", "1", READY, 1, "a", "b");
    submitMany(house, 20, "t", "a");
    house.pass(100, "n1");
    String other = submit(house, "t", 5, "b");
    house.pass(100, "n1");
    submitMany(house, 20, "t", "a");

    finishInTurn(house, 20);

    assertThat(house.lastAssign().assignment().job()).isEqualTo(other);
  }

  @Test
  void aRetryKeepsItsPlace() {
    House once = house("RETRY_INITIAL_BACKOFF", "0ms");
    once.node("n1", "1", READY, 1, "m");
    String first = submit(once, "t", 5, "m");
    submitMany(once, 20, "t", "m");

    once.failed(first, once.lastAssign(), true);

    assertThat(once.lastAssign().assignment().job()).isEqualTo(first);
    assertThat(once.lastAssign().assignment().attempt()).isEqualTo(2);
  }

  @Test
  void retriesForAnotherNodeDoNotKeepOneEmpty() {
    house.node("n1", "1", READY, 40, "m");
    submitMany(house, 40, "t", "m");
    house.node("n2", "1", READY, 1, "m");
    submitMany(house, 100, "t", "m");
    house.node("n1", "1", NodeBeat.State.LEFT, 40, "m");
    house.node("n1", "2", READY, 40, "m");

    // The forty that n1's first life had are to go to n2 now, and n1 has room.
    assertThat(house.given()).hasSize(40 + 1 + 40);
  }

  @Test
  void bulkWorkLeavesAReserve() {
    house.node("n1", "1", READY, 4, "m");
    List<String> all = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      all.add(submitBulk(house, "t", "m"));
    }
    assertThat(house.given()).isEqualTo(all.subList(0, 3));

    String asked = submit(house, "t", 5, "m");

    assertThat(house.lastAssign().assignment().job()).isEqualTo(asked);
  }

  @Test
  void theReserveIsAShareOfAllPlacesForAModel() {
    House half = house("BATCH_RESERVE", "50");
    half.node("n1", "1", READY, 4, "m");
    half.node("n2", "1", READY, 6, "m", "other");
    half.node("n3", "1", READY, 100, "other");
    for (int i = 0; i < 20; i++) {
      submitBulk(half, "t", "m");
    }

    assertThat(half.given()).hasSize(5);
  }

  @Test
  void bulkWorkForFewNodesDoesNotLeaveToOtherBulkWorkWhatItReserves() {
    house.node("n1", "1", READY, 1, "small", "large");
    house.node("n2", "1", READY, 1, "small", "large");
    house.node("n3", "1", READY, 1, "small");
    for (int i = 0; i < 20; i++) {
      submitBulk(house, "busy", "small");
    }
    String large = submitBulk(house, "few", "large");
    assertThat(house.given()).containsExactly("bulk-0", "bulk-1");

    Effect.Assign first = house.all(Effect.Assign.class).getFirst();
    house.succeeded("bulk-0", first.assignment().fence(), first.assignment().node());

    assertThat(house.given()).containsExactly("bulk-0", "bulk-1", large);
    assertThat(house.lastAssign().assignment().node()).isEqualTo(first.assignment().node());
  }

  @Test
  void bulkWorkMayHaveTheOnlyPlace() {
    house.node("n1", "1", READY, 1, "m");

    String job = submitBulk(house, "t", "m");

    assertThat(house.status(job)).isEqualTo(JobStatus.ASSIGNED);
  }

  @Test
  void bulkWorkWaitsForEverybodyWhoCouldHaveThePlace() {
    house.node("n1", "1", READY, 1, "a", "b");
    house.node("n2", "1", READY, 1, "c");
    submit(house, "t", 5, "a");
    String bulk = submitBulk(house, "t", "a");
    String elsewhere = submitBulk(house, "t", "c");
    String asked = submit(house, "t", 9, "b");
    assertThat(house.lastAssign().assignment().job()).isEqualTo(elsewhere);

    house.succeeded("job-0", house.all(Effect.Assign.class).getFirst().assignment().fence(), "n1");
    assertThat(house.lastAssign().assignment().job()).isEqualTo(asked);

    house.finishLast();
    assertThat(house.lastAssign().assignment().job()).isEqualTo(bulk);
  }

  @Test
  void bulkWorkWaitsForJobsThatAreOnTheirWayBack() {
    String asked = submit(house, "t", 5, "m");
    house.pass(7_000);
    assertThat(house.status(asked)).isEqualTo(JobStatus.PARKED);
    String bulk = submitBulk(house, "t", "m");
    house.holdingBack();

    house.node("n1", "1", READY, 1, "m");
    assertThat(house.given()).isEmpty();

    house.pass(500, "n1");
    house.acknowledge(house.last(Effect.ReadBody.class));
    assertThat(house.given()).containsExactly(asked);
    house.finishLast();
    assertThat(house.given()).containsExactly(asked, bulk);
  }

  @Test
  void aPausedLaneIsPassedOver() {
    house.control(new ControlRecord.Pause(Lane.JOBS));
    house.node("n1", "1", READY, 2, "m");
    submit(house, "t", 5, "m");

    String bulk = submitBulk(house, "t", "m");

    assertThat(house.given()).containsExactly(bulk);
  }
}
