package dev.relevo.dispatcher.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.StateRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Which reply topics go, and which never. */
class ReaperTest {
  private static final long RETENTION_MS = TimeUnit.MINUTES.toMillis(10);
  private static final long HOUR_MS = TimeUnit.HOURS.toMillis(1);

  private final House house = new House();

  private static JobHeaders answeredIn(String topic) {
    return JobHeaders.DEFAULTS.withModel("m").withReplyPlace(new ReplyPlace(topic, 0, 0));
  }

  /** A job that has succeeded, answered in a topic. */
  private String ended(String topic) {
    house.node("n", "m");
    String job = house.job(answeredIn(topic));
    house.succeeded(job, house.lastAssign().assignment().fence(), "n");
    assertThat(house.status(job)).isEqualTo(JobStatus.SUCCEEDED);
    return job;
  }

  private Reaper.Plan plan(String... topics) {
    return house.core.reap(Set.of(topics), home -> true, house.now());
  }

  private static String madeAt(long epochMs) {
    return "relevo.replies." + JobIds.create(epochMs, new Random(1));
  }

  @Test
  void aTopicNamedAfterItsJobGoesWhenTheJobEndedLongAgo() {
    ended("relevo.replies.job-0");

    assertThat(plan("relevo.replies.job-0").delete()).isEmpty();
    house.pass(RETENTION_MS, "n");
    assertThat(plan("relevo.replies.job-0").delete()).containsExactly("relevo.replies.job-0");
    assertThat(plan().delete()).describedAs("gone already").isEmpty();
  }

  @Test
  void nothingButReplyTopicsIsEverNamed() {
    ended("relevo.replies.job-0");
    house.pass(RETENTION_MS, "n");

    Reaper.Plan plan =
        plan("relevo.jobs", "relevo.state", "other.replies.job-0", "relevo.repliesjob-0", "x");

    assertThat(plan.delete()).isEmpty();
    assertThat(plan.look()).isEmpty();
  }

  @Test
  void aTopicInWhichAnotherJobLivesStays() {
    ended("relevo.replies.job-0");
    house.pass(RETENTION_MS, "n");
    String live = house.job(answeredIn("relevo.replies.job-0"));

    assertThat(plan("relevo.replies.job-0").delete()).isEmpty();

    house.succeeded(live, house.lastAssign().assignment().fence(), "n");
    assertThat(plan("relevo.replies.job-0").delete()).describedAs("the last end counts").isEmpty();
    house.pass(RETENTION_MS, "n");
    assertThat(plan("relevo.replies.job-0").delete()).hasSize(1);
  }

  @Test
  void aTopicInWhichAParkedJobWillBeAnsweredStays() {
    ended("relevo.replies.job-0");
    house.job(
        JobHeaders.DEFAULTS
            .withModel("nobody")
            .withReplyPlace(new ReplyPlace("relevo.replies.job-0", 0, 0))
            .withDeadlineMs(house.now().epochMs() + 10 * RETENTION_MS));
    house.pass(RETENTION_MS + 60_000, "n");

    assertThat(plan("relevo.replies.job-0").delete()).isEmpty();
  }

  @Test
  void nothingGoesWhileAReplayMayWaitUnreadInTheLane() {
    ended("relevo.replies.job-0");
    house.pass(RETENTION_MS, "n");

    Reaper.Plan plan = house.core.reap(Set.of("relevo.replies.job-0"), home -> false, house.now());

    assertThat(plan.delete()).isEmpty();
    assertThat(plan.look()).isEmpty();
  }

  @Test
  void aTopicWithAnotherNameIsLookedAtForOthersMayWriteThere() {
    String topic = madeAt(house.now().epochMs());
    ended(topic);
    house.pass(RETENTION_MS, "n");

    assertThat(plan(topic).delete()).isEmpty();
    assertThat(plan(topic).look()).containsExactly(topic);

    long nowMs = house.now().epochMs();
    assertThat(seen(topic, 25 * HOUR_MS, nowMs - RETENTION_MS + 1)).isEmpty();
    assertThat(seen(topic, 25 * HOUR_MS, nowMs - RETENTION_MS)).containsExactly(topic);
  }

  @Test
  void topicsThatKafkaTellsNothingOfLeaveTheirTurnToOthers() {
    openHomeZero();
    Set<String> closed = new TreeSet<>();
    for (int i = 0; i < Reaper.MAX_LOOKED_AT; i++) {
      closed.add("relevo.replies.closed-" + i);
    }
    Set<String> all = new TreeSet<>(closed);
    all.add("relevo.replies.open");
    assertThat(house.core.reap(all, home -> true, house.now()).look())
        .containsExactlyElementsOf(closed);

    house.core.reapSeen(Map.of(), house.now());

    assertThat(house.core.reap(all, home -> true, house.now()).look())
        .containsExactly("relevo.replies.open");
    house.core.reapSeen(Map.of(), house.now());
    house.pass(HOUR_MS);
    assertThat(house.core.reap(all, home -> true, house.now()).look())
        .containsExactlyElementsOf(closed);
  }

  @Test
  void aJobThatCameBetweenLookAndDeletionIsNotForgotten() {
    String topic = madeAt(house.now().epochMs());
    ended(topic);
    house.pass(RETENTION_MS, "n");
    assertThat(plan(topic).look()).hasSize(1);

    house.job(answeredIn(topic));

    assertThat(seen(topic, HOUR_MS, 0)).isEmpty();
  }

  @Test
  void anHeirKnowsWhatIsDueFromState() {
    StateRecord.Job job =
        new StateRecord.Job(
            90,
            JobStatus.DEAD,
            Lane.JOBS,
            5,
            new Fence(House.HOME, 90, 1).toString(),
            null,
            null,
            null,
            null,
            true,
            1,
            List.of(),
            "relevo.replies.job-5",
            0,
            null,
            null,
            0,
            900_000,
            null,
            null,
            Map.of());
    House heir = House.restored(0, 10, job);

    heir.pass(RETENTION_MS);

    assertThat(heir.core.reap(Set.of("relevo.replies.job-5"), home -> true, heir.now()).delete())
        .containsExactly("relevo.replies.job-5");
  }

  @Test
  void whatNobodyKnowsIsTheMatterOfTheOwnerOfHomeZero() {
    house.pass(3 * HOUR_MS);
    String old = madeAt(house.now().epochMs() - 3 * HOUR_MS);

    assertThat(plan(old).look()).describedAs("home 3").isEmpty();
    openHomeZero();
    assertThat(plan(old).look()).containsExactly(old);
    assertThat(plan(madeAt(house.now().epochMs())).look()).describedAs("young").isEmpty();
  }

  @Test
  void anAbandonedTopicGoesByTheAgeInItsNameAndItsOwnRetention() {
    openHomeZero();
    house.pass(6 * HOUR_MS);
    long nowMs = house.now().epochMs();
    String topic = madeAt(nowMs - 3 * HOUR_MS);
    assertThat(plan(topic).look()).hasSize(1);

    assertThat(seen(topic, 2 * HOUR_MS, -1)).describedAs("may have been made ahead").isEmpty();
    assertThat(plan(topic).look()).describedAs("is not looked at before it can be due").isEmpty();
    house.pass(HOUR_MS);
    assertThat(plan(topic).look()).hasSize(1);
    assertThat(seen(topic, 2 * HOUR_MS, house.now().epochMs() - HOUR_MS)).isEmpty();
    house.pass(HOUR_MS);
    assertThat(plan(topic).look()).hasSize(1);
    assertThat(seen(topic, 2 * HOUR_MS, house.now().epochMs() - 2 * HOUR_MS))
        .containsExactly(topic);
  }

  @Test
  void anInboxGoesWhenNothingInItIsYoungerThanItsRetention() {
    openHomeZero();
    house.pass(3 * HOUR_MS);
    String inbox = "relevo.inbox.client-1";
    assertThat(plan(inbox).look()).containsExactly(inbox);

    long nowMs = house.now().epochMs();
    assertThat(seen(inbox, HOUR_MS, nowMs - HOUR_MS + 1)).describedAs("alive").isEmpty();
    house.pass(1_000);
    assertThat(plan(inbox).look()).hasSize(1);
    assertThat(seen(inbox, HOUR_MS, nowMs - HOUR_MS)).containsExactly(inbox);
  }

  @Test
  void anEmptyInboxGoesWhenItWasEmptyForAsLong() {
    openHomeZero();
    String inbox = "relevo.inbox.client-1";
    assertThat(plan(inbox).look()).hasSize(1);

    assertThat(seen(inbox, HOUR_MS, -1)).isEmpty();
    house.pass(HOUR_MS - 1_000);
    assertThat(seen(inbox, HOUR_MS, -1)).isEmpty();
    house.pass(1_000);
    assertThat(seen(inbox, HOUR_MS, -1)).containsExactly(inbox);
  }

  @Test
  void anInboxInWhichAJobLivesStays() {
    openHomeZero();
    house.job(
        JobHeaders.DEFAULTS
            .withModel("nobody")
            .withReplyPlace(new ReplyPlace("relevo.inbox.client-1", 2, 0)));

    assertThat(plan("relevo.inbox.client-1").look()).isEmpty();
  }

  @Test
  void aListingLeadsToABoundedNumberOfDeletions() {
    house.node("n", "m");
    List<String> topics = new ArrayList<>();
    for (int i = 0; i < Reaper.MAX_DELETED + 10; i++) {
      topics.add("relevo.replies.job-" + i);
      ended(topics.getLast());
    }
    house.pass(RETENTION_MS, "n");

    Reaper.Plan plan = house.core.reap(Set.copyOf(topics), home -> true, house.now());

    assertThat(plan.delete()).hasSize(Reaper.MAX_DELETED);
  }

  private List<String> seen(String topic, long retentionMs, long newestMs) {
    return house.core.reapSeen(Map.of(topic, new Reaper.Seen(retentionMs, newestMs)), house.now());
  }

  private void openHomeZero() {
    house.core.open(
        0,
        House.EPOCH,
        Map.of(Lane.JOBS, 0L, Lane.BATCH, 0L),
        Map.of(Lane.JOBS, 0L, Lane.BATCH, 0L),
        0);
    house.core.restored(0, house.now());
  }
}
