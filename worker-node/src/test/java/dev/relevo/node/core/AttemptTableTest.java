package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.EventRecord.Rejected.Reason;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.NodeBeat.Phase;
import dev.relevo.node.core.AttemptTable.ModelSupport;
import dev.relevo.node.core.Offer.Ignore.Why;
import org.junit.jupiter.api.Test;

class AttemptTableTest {
  private final AttemptTable table = new AttemptTable(2);

  @Test
  void runsUpToItsCapacityAndRejectsMoreAsBusy() {
    assertThat(offer(new Fence(0, 1, 0))).isInstanceOf(Offer.Run.class);
    assertThat(offer(new Fence(0, 1, 1))).isInstanceOf(Offer.Run.class);

    assertRejected(offer(new Fence(0, 1, 2)), Reason.BUSY);
    assertThat(table.running()).isEqualTo(2);
  }

  @Test
  void takesNewWorkInThePlaceOfAFinishedAttempt() {
    offer(new Fence(0, 1, 0));
    offer(new Fence(0, 1, 1));

    table.finished(new Fence(0, 1, 0));

    assertThat(offer(new Fence(0, 1, 2))).isInstanceOf(Offer.Run.class);
  }

  @Test
  void ignoresAFenceItHasSeenEvenOneItRejected() {
    offer(new Fence(0, 1, 0));
    offer(new Fence(0, 1, 1));
    offer(new Fence(0, 1, 2));

    assertIgnored(offer(new Fence(0, 1, 0)), Why.DUPLICATE);
    assertIgnored(offer(new Fence(0, 1, 2)), Why.DUPLICATE);
  }

  @Test
  void ignoresALowerEpochOfTheSameHomeOnly() {
    offer(new Fence(0, 7, 0));

    assertIgnored(offer(new Fence(0, 6, 99)), Why.VOID);
    assertThat(offer(new Fence(1, 6, 0))).isInstanceOf(Offer.Run.class);
  }

  @Test
  void takesTheSameAttemptNumberInAHigherEpoch() {
    offer(new Fence(0, 7, 3));

    assertThat(offer(new Fence(0, 8, 3))).isInstanceOf(Offer.Run.class);
  }

  @Test
  void takesAttemptsOutOfOrderWithinItsMemoryAndCountsOlderOnesAsSeen() {
    AttemptTable large = new AttemptTable(FenceMemory.MAX_REMEMBERED * 2);
    assertThat(large.offer(assignment(new Fence(0, 1, 5)), ModelSupport.AVAILABLE))
        .isInstanceOf(Offer.Run.class);
    assertThat(large.offer(assignment(new Fence(0, 1, 4)), ModelSupport.AVAILABLE))
        .isInstanceOf(Offer.Run.class);

    for (long attempt = 6; attempt < 6 + FenceMemory.MAX_REMEMBERED; attempt++) {
      large.offer(assignment(new Fence(0, 1, attempt)), ModelSupport.AVAILABLE);
    }

    assertIgnored(
        large.offer(assignment(new Fence(0, 1, 3)), ModelSupport.AVAILABLE), Why.DUPLICATE);
    assertIgnored(
        large.offer(assignment(new Fence(0, 1, 4)), ModelSupport.AVAILABLE), Why.DUPLICATE);
  }

  @Test
  void rejectsModelsThatItDoesNotServe() {
    assertRejected(
        table.offer(assignment(new Fence(0, 1, 0)), ModelSupport.UNKNOWN), Reason.UNKNOWN_MODEL);
  }

  @Test
  void isBusyWhileNoBackendOfTheModelIsAvailable() {
    assertRejected(
        table.offer(assignment(new Fence(0, 1, 0)), ModelSupport.UNAVAILABLE), Reason.BUSY);
  }

  @Test
  void rejectsEverythingOnceItDrains() {
    offer(new Fence(0, 1, 0));

    table.drain();

    assertRejected(offer(new Fence(0, 1, 1)), Reason.DRAINING);
    assertThat(table.running()).isEqualTo(1);
  }

  @Test
  void listsWhatRunsAndWhatIsFinishedUntilItIsAcknowledged() {
    Fence first = new Fence(0, 1, 0);
    Fence second = new Fence(0, 1, 1);
    offer(first);
    offer(second);
    table.finished(first);

    assertThat(table.phases())
        .containsEntry(first.toString(), Phase.FINISHED)
        .containsEntry(second.toString(), Phase.RUNNING)
        .hasSize(2);

    table.acknowledged(first);
    table.finished(second);
    assertThat(table.isEmpty()).isFalse();
    table.acknowledged(second);
    assertThat(table.isEmpty()).isTrue();
    assertThat(table.phases()).isEmpty();
  }

  @Test
  void tellsWhoseDeadlineHasPassed() {
    Fence early = new Fence(0, 1, 0);
    Fence late = new Fence(0, 1, 1);
    table.offer(assignment(early, 1_000), ModelSupport.AVAILABLE);
    table.offer(assignment(late, 2_000), ModelSupport.AVAILABLE);

    assertThat(table.earliestDeadlineMs()).isEqualTo(1_000);
    assertThat(table.expired(999)).isEmpty();
    assertThat(table.expired(1_000)).containsExactly(early);
    assertThat(table.earliestDeadlineMs()).isEqualTo(2_000);
    table.finished(early);
    table.finished(late);
    assertThat(table.earliestDeadlineMs()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void findsTheRunningAttemptsOfAJob() {
    Fence fence = new Fence(0, 1, 0);
    offer(fence);

    assertThat(table.runningOf("job-0.1.0")).containsExactly(fence);
    assertThat(table.runningOf("another")).isEmpty();
  }

  @Test
  void refusesToFinishWhatDoesNotRun() {
    assertThatThrownBy(() -> table.finished(new Fence(0, 1, 9)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("0.1.9");
  }

  @Test
  void answersAnUnreadableAssignmentOnce() {
    assertThat(table.unreadable(new Fence(0, 2, 0))).isTrue();
    assertThat(table.unreadable(new Fence(0, 2, 0))).isFalse();
    assertThat(table.unreadable(new Fence(0, 1, 0))).isFalse();
  }

  private Offer offer(Fence fence) {
    return table.offer(assignment(fence), ModelSupport.AVAILABLE);
  }

  private static Assignment assignment(Fence fence) {
    return assignment(fence, Long.MAX_VALUE);
  }

  private static Assignment assignment(Fence fence, long deadlineMs) {
    return new Assignment(
        "job-" + fence,
        fence,
        "node",
        "incarnation",
        1,
        true,
        null,
        null,
        "model",
        JobHeaders.DEFAULTS.withDeadlineMs(deadlineMs));
  }

  private static void assertRejected(Offer offer, Reason reason) {
    assertThat(offer)
        .isInstanceOfSatisfying(
            Offer.Reject.class, reject -> assertThat(reject.reason()).isEqualTo(reason));
  }

  private static void assertIgnored(Offer offer, Why why) {
    assertThat(offer).isEqualTo(new Offer.Ignore(why));
  }
}
