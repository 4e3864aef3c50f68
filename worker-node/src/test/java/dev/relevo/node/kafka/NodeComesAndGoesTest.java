package dev.relevo.node.kafka;

import static dev.relevo.node.kafka.ScriptedWorker.hangs;
import static dev.relevo.node.kafka.ScriptedWorker.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.EventRecord.Accepted;
import dev.relevo.common.protocol.EventRecord.Finished;
import dev.relevo.common.protocol.EventRecord.Rejected;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.ReplyRecord.Chunk;
import dev.relevo.node.WorkerNode;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.core.DuplicateNodeException;
import dev.relevo.node.core.NodeFailedException;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** How a node comes, tells of itself, and leaves. */
class NodeComesAndGoesTest extends NodeOnKafka {
  @Test
  void beatsWhenABackendsHealthChanges() {
    worker.health(WorkerHealth.unavailable("gone"));

    NodeBeat beat =
        house.beat(
            node.readiness().node(),
            b ->
                b.state() == NodeBeat.State.READY
                    && b.backends().getFirst().health() == NodeBeat.Health.UNAVAILABLE);
    assertThat(beat.incarnation()).isEqualTo(node.readiness().incarnation());
    Assignment job = house.first(node, null);
    house.assign(node, job);
    assertThat(house.event(job.fence(), Rejected.class).reason()).isEqualTo(Rejected.Reason.BUSY);
    assertThat(node.readiness().isReady()).isFalse();
    assertThat(node.readiness().complaints()).containsEntry("local", "gone");
  }

  @Test
  void refusesAnIdThatAnotherLiveNodeHas() {
    WorkerNode twin =
        house.start(node.readiness().node(), 2, Duration.ZERO, new ScriptedWorker("w", 10, false));

    assertThatThrownBy(() -> twin.awaitStopped(House.PATIENCE))
        .isInstanceOf(DuplicateNodeException.class)
        .hasMessageContaining("node id already registered");
    assertThatThrownBy(() -> twin.awaitReady(House.PATIENCE))
        .isInstanceOf(NodeFailedException.class);
  }

  @Test
  void listensForNobodyWhereNobodyHasEverBeaten() throws Exception {
    try (House empty = new House("empty-" + UUID.randomUUID());
        WorkerNode first =
            empty.start(
                "first",
                2,
                Duration.ofMinutes(1),
                Duration.ZERO,
                new ScriptedWorker("w", 10, false))) {
      // Listening would take a minute and a half.
      first.awaitReady(House.PATIENCE);

      assertThat(first.readiness().isReady()).isTrue();
    }
  }

  @Test
  void takesItsIdAgainAfterItHasLeft() throws Exception {
    String id = node.readiness().node();
    node.close();
    assertThat(house.beat(id, beat -> beat.state() == NodeBeat.State.LEFT).attempts()).isEmpty();

    try (WorkerNode next = house.node(id, 2, new ScriptedWorker("w", 10, false))) {
      assertThat(next.readiness().incarnation()).isNotEqualTo(node.readiness().incarnation());
    }
  }

  @Test
  void letsRunningJobsFinishWhenAskedToDrain() throws Exception {
    String id = node.readiness().node();
    java.util.concurrent.CountDownLatch go = new java.util.concurrent.CountDownLatch(1);
    worker.then((request, sink) -> {
      go.await();
      return says("late").run(request, sink);
    });
    Assignment job = house.first(node, null);
    house.assign(node, job);
    house.event(job.fence(), Accepted.class);

    house.control(id, new ControlRecord.Drain(id));
    house.beat(id, beat -> beat.state() == NodeBeat.State.DRAINING);
    Assignment more = house.first(node, null);
    house.assign(node, more);
    assertThat(house.event(more.fence(), Rejected.class).reason())
        .isEqualTo(Rejected.Reason.DRAINING);
    go.countDown();

    node.awaitStopped(House.PATIENCE);
    assertThat(house.event(job.fence(), Finished.class).outcome())
        .isEqualTo(AttemptOutcome.SUCCEEDED);
    house.beat(id, beat -> beat.state() == NodeBeat.State.LEFT);
  }

  @Test
  void handsOverWhatDoesNotFinishInTime() throws Exception {
    ScriptedWorker slow = new ScriptedWorker("slow", 10, false);
    WorkerNode hasty = house.start("hasty", 2, Duration.ZERO, slow);
    hasty.awaitReady(House.PATIENCE);
    slow.then(hangs("Hel"));
    Assignment job = house.first(hasty, house.replyPlace());
    house.assign(hasty, job);
    house.replies(job.headers().replyPlace(), job.fence(), Chunk.class::isInstance);

    hasty.close();

    Finished finished = house.event(job.fence(), Finished.class);
    assertThat(finished.failure().code()).isEqualTo(FailureCodes.NODE_LOST);
    assertThat(finished.failure().retryable()).isTrue();
    assertThat(finished.failure().retryAfterMs()).isZero();
  }

  @Test
  void countsWhatItDoes() {
    worker.then(says("Hello"));
    Assignment job = house.first(node, null);
    house.assign(node, job);
    house.event(job.fence(), Finished.class);

    assertThat(
            house
                .meters
                .get("relevo.node.attempts")
                .tags("node", job.node(), "outcome", "succeeded")
                .counter()
                .count())
        .isEqualTo(1);
  }
}
