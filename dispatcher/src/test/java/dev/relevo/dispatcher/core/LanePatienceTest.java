package dev.relevo.dispatcher.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.StateRecord;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Jobs whose records a lane does not bring again after a take-over, for they were deleted. */
class LanePatienceTest {
  private static StateRecord.Job job(JobStatus status, @Nullable String node) {
    return new StateRecord.Job(
        50,
        status,
        Lane.JOBS,
        5,
        "3.50.9",
        node,
        node == null ? null : node + "-1",
        node == null ? null : "m",
        null,
        true,
        0,
        List.of(),
        "relevo.replies.a",
        10_000_000,
        null,
        null,
        0,
        1_000_000,
        null,
        null,
        Map.of());
  }

  private static void assertEndsAsGone(House house) {
    assertThat(house.last(Effect.ReadBody.class).offset()).isEqualTo(5);
    house.readBack(null);
    assertThat(house.status("job-5")).isEqualTo(JobStatus.DEAD);
    assertThat(house.last(Effect.Bury.class).letter().code()).isEqualTo(FailureCodes.RECORD_GONE);
  }

  @Test
  void aJobThatWaitsForItsRecordIsReadByItsOffset() {
    House house = House.restored(8, 3, job(JobStatus.QUEUED, null));
    house.node("n1", "m");
    house.pass(29_000, "n1");
    assertThat(house.all(Effect.ReadBody.class)).isEmpty();

    house.pass(2_000, "n1");

    assertEndsAsGone(house);
  }

  @Test
  void soIsOneWhoseNodeIsLost() {
    House house = House.restored(8, 3, job(JobStatus.RUNNING, "n1"));
    house.node("n2", "m");

    house.pass(31_000, "n2");

    assertEndsAsGone(house);
  }
}
