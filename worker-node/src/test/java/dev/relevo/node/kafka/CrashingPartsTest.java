package dev.relevo.node.kafka;

import static dev.relevo.node.kafka.ScriptedWorker.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.EventRecord.Finished;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord.Done;
import dev.relevo.node.WorkerNode;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.core.NodeFailedException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.junit.jupiter.api.Test;

/** A backend that crashes costs what was asked of it, never the node. */
class CrashingPartsTest extends NodeOnKafka {
  private static ScriptedWorker.Script crash() {
    return (request, sink) -> {
      throw new StackOverflowError("deep in the adapter");
    };
  }

  private double restarts(Assignment job, String part) {
    return house
        .meters
        .get("relevo.part.restarts")
        .tags("id", job.node(), "part", part)
        .counter()
        .count();
  }

  @Test
  void aBackendThatCrashesOnceIsFollowedByTheNextOne() throws Exception {
    ScriptedWorker second = new ScriptedWorker("second", 20, true);
    try (WorkerNode both =
        house.node("crash-" + NODES.incrementAndGet(), 2, worker.then(crash()), second)) {
      second.then(says("Hello"));
      ReplyPlace place = house.replyPlace();
      Assignment job = house.first(both, place);

      house.assign(both, job);

      assertThat(house.replies(place, job.fence()).getLast())
          .isInstanceOfSatisfying(
              Done.class, done -> assertThat(done.backend()).isEqualTo("second"));
      assertThat(house.event(job.fence(), Finished.class).outcome())
          .isEqualTo(AttemptOutcome.SUCCEEDED);
      assertThat(restarts(job, "backend local")).isEqualTo(1);
    }
  }

  @Test
  void aBackendThatCrashesForEverCostsAnAttemptEachTimeAndTheNodeStays() {
    Assignment job = house.first(node, null);
    for (int i = 0; i < 3; i++) {
      worker.then(crash());
      job = house.first(node, null);
      house.assign(node, job);

      Finished finished = house.event(job.fence(), Finished.class);
      assertThat(finished.failure().code()).isEqualTo(FailureCodes.BACKEND_ERROR);
      assertThat(finished.failure().retryable()).isTrue();
      assertThat(finished.failure().message()).contains("local", "StackOverflowError");
    }
    assertThat(restarts(job, "backend local")).isEqualTo(3);

    worker.then(says("well again"));
    Assignment last = house.first(node, null);
    house.assign(node, last);
    assertThat(house.event(last.fence(), Finished.class).outcome())
        .isEqualTo(AttemptOutcome.SUCCEEDED);
  }

  @Test
  void aHealthCheckThatCrashesForAWhileIsMadeAgain() {
    String id = node.readiness().node();
    Deque<NodeBeat.Health> story =
        new ArrayDeque<>(
            List.of(
                NodeBeat.Health.AVAILABLE, NodeBeat.Health.UNAVAILABLE, NodeBeat.Health.AVAILABLE));
    worker.healthCheckDoes(() -> {
      throw new NoClassDefFoundError("dev/relevo/Gone");
    });
    house.beat(id, beat -> follows(story, beat) && story.size() == 1);
    assertThat(node.readiness().complaints().get("local")).contains("NoClassDefFoundError");

    worker.healthCheckDoes(() -> WorkerHealth.AVAILABLE);

    story.addFirst(NodeBeat.Health.UNAVAILABLE);
    story.addFirst(NodeBeat.Health.AVAILABLE);
    house.beat(id, beat -> follows(story, beat) && story.isEmpty());
  }

  /** Beats are read from the first one each time; what stands in front of the story is skipped. */
  private static boolean follows(Deque<NodeBeat.Health> story, NodeBeat beat) {
    if (beat.backends().getFirst().health() == story.peek()) {
      story.remove();
    }
    return true;
  }

  /** Lets the loop crash when it rejects an assignment. */
  private static final class Broken extends SimpleMeterRegistry {
    @Override
    protected Counter newCounter(Meter.Id id) {
      Counter counter = super.newCounter(id);
      return id.getName().equals("relevo.node.rejected")
          ? new Counter() {
            @Override
            public void increment(double amount) {
              throw new StackOverflowError("deep in the loop");
            }

            @Override
            public double count() {
              return 0;
            }

            @Override
            public Id getId() {
              return counter.getId();
            }
          }
          : counter;
    }
  }

  @Test
  void anErrorInTheLoopEndsTheNodeAsAFailure() throws Exception {
    SimpleMeterRegistry whole = house.meters;
    house.meters = new Broken();
    try (WorkerNode broken = house.node("broken-" + NODES.incrementAndGet(), 2, worker)) {
      Assignment job = house.first(broken, null);
      Headers headers = job.toHeaders();
      headers.remove(HeaderNames.MODEL);
      headers.add(HeaderNames.MODEL, "other".getBytes(StandardCharsets.UTF_8));

      house.assign(broken, job.job(), headers, "{}");

      assertThatThrownBy(() -> broken.awaitStopped(House.PATIENCE))
          .isInstanceOf(NodeFailedException.class)
          .hasMessageContaining("broke and does not go on")
          .hasMessageContaining("deep in the loop");
    } finally {
      house.meters = whole;
    }
  }
}
