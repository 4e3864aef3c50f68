package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.asking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.ReplyRecord;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** What control asks of jobs and lanes (protocol section 4). */
class OrdersTest {
  private final House house = new House();

  @Test
  void cancelsAJobThatWaits() {
    String job = house.job(asking("m"));
    house.control(new ControlRecord.Cancel(job, "changed my mind"));
    house.settle();

    assertThat(house.last(Effect.Reply.class).record())
        .isEqualTo(new ReplyRecord.Cancelled("changed my mind"));
    assertThat(house.status(job)).isEqualTo(JobStatus.CANCELLED);
  }

  @Test
  void leavesARunningJobToItsNodeToCancel() {
    house.node("n1", "m");
    String job = house.job(asking("m"));
    house.beatsAgain("n1", house.lastAssign().assignment().fence());
    house.control(new ControlRecord.Cancel(job, "enough"));
    house.pass(400, "n1");
    assertThat(house.all(Effect.Settle.class)).isEmpty();

    house.event(
        job,
        house.lastAssign().assignment().fence(),
        House.finished("n1", AttemptOutcome.CANCELLED, null));

    assertThat(house.status(job)).isEqualTo(JobStatus.CANCELLED);
    assertThat(house.all(Effect.Reply.class)).isEmpty();
  }

  @Test
  void remembersACancelThatComesBeforeItsJob() {
    house.node("n1", "m");
    house.control(new ControlRecord.Cancel("early", "never mind"));

    house.record(Lane.JOBS, 0, "early", asking("m"), "{}");

    assertThat(house.all(Effect.Assign.class)).isEmpty();
    assertThat(house.status("early")).isEqualTo(JobStatus.CANCELLED);
  }

  @Test
  void aPausedLaneStartsNothing() {
    house.control(new ControlRecord.Pause(Lane.BATCH));
    house.node("n1", "m");
    house.job(Lane.BATCH, asking("m"), "{}");
    assertThat(house.all(Effect.Assign.class)).isEmpty();

    house.control(new ControlRecord.Resume(Lane.BATCH));
    house.settle();

    assertThat(house.all(Effect.Assign.class)).hasSize(1);
  }

  @Test
  void cancelsAJobInEveryHomeThatHasIt() {
    Map<Lane, Long> start = Map.of(Lane.JOBS, 0L, Lane.BATCH, 0L);
    house.core.open(House.HOME + 1, House.EPOCH, start, start, 0);
    house.core.restored(House.HOME + 1, house.now());
    Headers headers = new RecordHeaders();
    asking("m").writeTo(headers);
    byte[] body = {'{', '}'};
    long nowMs = house.now().epochMs();
    JobRecord twin = new JobRecord(Lane.JOBS, 0, nowMs, "twin", headers, body);
    house.core.job(House.HOME, twin, house.now());
    house.core.job(House.HOME + 1, twin, house.now());

    house.control(new ControlRecord.Cancel("twin", "enough"));
    house.settle();
    house.node("n1", "m");

    assertThat(house.all(Effect.Assign.class)).isEmpty();
    assertThat(house.all(Effect.Reply.class)).extracting(Effect.Reply::home).contains(3, 4);
  }
}
