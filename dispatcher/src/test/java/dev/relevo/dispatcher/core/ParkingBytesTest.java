package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.ofTenant;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.DispatcherSettings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What comes back from outside is large, and still leaves room (protocol section 4, Waiting). */
class ParkingBytesTest {
  private static final int WINDOW_BYTES = 1 << 20;
  private static final int BODY_BYTES = 16 << 10;
  private static final int BACKLOG = 200;

  private final House house = new House(settings(), 0);

  private static DispatcherSettings settings() {
    return new SettingsLoader()
        .load(null, Map.of("RELEVO_DISPATCHER_WINDOW_BYTES", "1MiB"))
        .dispatcher();
  }

  /** Waits for a node, all of it outside. */
  private void backlog(Lane lane, int tenants) {
    for (int i = 0; i < BACKLOG; i++) {
      String tenant = "many-" + i % tenants;
      house.job(lane, ofTenant(tenant, 5, "m"), "x".repeat(BODY_BYTES));
      house.pass(50);
    }
    house.pass(7_000);
    assertThat(house.core.gauges().parked()).isEqualTo(BACKLOG);
  }

  private void oneWorks() {
    house.node("n1", "1", NodeBeat.State.READY, 1, "m");
    house.pass(500, "n1");
    house.beatsAgain("n1", house.lastAssign().assignment().fence());
    house.pass(5_000, "n1");
  }

  @Test
  void aBacklogOfBulkWorkStopsNobody() {
    backlog(Lane.BATCH, 1);
    oneWorks();

    assertThat(house.core.gauges().windowBytes()).isBetween(BODY_BYTES * 4L, WINDOW_BYTES / 3L);
    assertThat(house.core.isWindowFull(Lane.JOBS)).isFalse();
    assertThat(house.core.isWindowFull(Lane.BATCH)).isFalse();
    house.record(Lane.BATCH, 10_000, "single", ofTenant("one", 5, "m"), "{}");
    house.finishLast();
    assertThat(house.lastAssign().assignment().job()).isEqualTo("single");
  }

  @Test
  void aTenantsBacklogHidesNobody() {
    backlog(Lane.JOBS, 1);
    oneWorks();

    assertThat(house.core.isWindowFull(Lane.BATCH)).isFalse();
    house.record(Lane.JOBS, 10_000, "single", ofTenant("one", 5, "m"), "{}");
    house.finishLast();
    assertThat(house.lastAssign().assignment().job()).isEqualTo("single");
  }

  @Test
  void manyTenantsDoNotFillTheWindowEither() {
    backlog(Lane.JOBS, BACKLOG);
    oneWorks();

    assertThat(house.core.isWindowFull(Lane.JOBS)).isFalse();
    assertThat(house.core.isWindowFull(Lane.BATCH)).isFalse();
  }

  @Test
  void allOfItRuns() {
    backlog(Lane.BATCH, 3);
    oneWorks();
    for (int i = 1; i < BACKLOG; i++) {
      house.finishLast();
      house.beatsAgain("n1", house.lastAssign().assignment().fence());
      house.pass(50, "n1");
    }

    assertThat(house.given()).hasSize(BACKLOG).doesNotHaveDuplicates();
  }

  @Test
  void oneThatIsLargerThanItsLinesPartComesBackAllTheSame() {
    house.job(Lane.JOBS, ofTenant("t", 5, "m"), "x".repeat(WINDOW_BYTES * 3 / 4));
    String second = house.job(Lane.JOBS, ofTenant("t", 5, "m"), "x".repeat(WINDOW_BYTES * 3 / 4));
    house.pass(7_000);
    oneWorks();
    house.finishLast();
    house.beatsAgain("n1");
    house.pass(500, "n1");

    assertThat(house.status(second)).isEqualTo(JobStatus.ASSIGNED);
  }
}
