package dev.relevo.node.kafka;

import static dev.relevo.node.kafka.ScriptedWorker.breaks;
import static dev.relevo.node.kafka.ScriptedWorker.says;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.EventRecord.Accepted;
import dev.relevo.common.protocol.EventRecord.Finished;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.ReplyRecord.Chunk;
import dev.relevo.common.protocol.ReplyRecord.Done;
import dev.relevo.common.protocol.ReplyRecord.Failed;
import dev.relevo.common.protocol.ReplyRecord.Resumed;
import dev.relevo.common.protocol.ReplyRecord.Started;
import dev.relevo.common.protocol.ResumeMode;
import dev.relevo.common.protocol.Usage;
import dev.relevo.node.WorkerNode;
import dev.relevo.node.backend.Fault;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a node goes on with a stream that another attempt, or another backend, began. */
class TakeOverTest extends NodeOnKafka {
  @Test
  void continuesWhatAnotherAttemptBegan() throws Exception {
    ReplyPlace place = house.replyPlace();
    worker.then(says(" world"));
    Assignment job = later(place, Failover.SEAMLESS);
    house.earlier(place, job.job(), earlierFence(), started(), chunk(0, "Hel"), chunk(1, "lo"));

    house.assign(node, job, "{\"max_tokens\":100}");

    assertThat(house.replies(place, job.fence()))
        .containsExactly(
            new Started(job.node()),
            new Resumed(ResumeMode.CONTINUE, 2),
            chunk(2, " world"),
            new Done(2, FinishReason.STOP, new Usage(3, 1), "local", "m", 2));
    var request = worker.request();
    assertThat(request.prefix()).isEqualTo("Hello");
    assertThat(request.body().path("max_tokens").asInt()).isEqualTo(99);
    assertThat(house.event(job.fence(), Accepted.class, a -> a.startedOffset() != null))
        .satisfies(accepted -> assertThat(accepted.startedOffset()).isZero());
  }

  @Test
  void replaysWhereABackendRefusesToContinue() {
    ReplyPlace place = house.replyPlace();
    worker
        .then(breaks(Fault.CALLER, FailureCodes.INVALID_REQUEST))
        .then(says("Hell", "o wor", "ld"));
    Assignment job = later(place, Failover.SEAMLESS);
    house.earlier(place, job.job(), earlierFence(), started(), chunk(0, "Hello"));

    house.assign(node, job);

    List<ReplyRecord> replies = house.replies(place, job.fence());
    assertThat(replies.get(1)).isEqualTo(new Resumed(ResumeMode.REPLAY, 1));
    assertThat(text(replies)).isEqualTo(" world");
    assertThat(replies.getLast()).isInstanceOf(Done.class);
  }

  @Test
  void startsAfreshWhereTheReplayPartsAndTheJobAllowsIt() throws Exception {
    ReplyPlace place = house.replyPlace();
    ScriptedWorker other = new ScriptedWorker("other", 10, false);
    try (WorkerNode plain = house.node("plain-" + NODES.incrementAndGet(), 2, other)) {
      other.then(says("Good day")).then(says("Good morning"));
      Assignment job = house.assignment(plain, place, false, Failover.RESTART, 60_000);
      house.earlier(place, job.job(), earlierFence(), started(), chunk(0, "Hello"));

      house.assign(plain, job);

      assertThat(house.replies(place, job.fence()))
          .containsSequence(new Resumed(ResumeMode.RESTART, 1), chunk(1, "Good morning"));
    }
  }

  @Test
  void failsRatherThanCutAnAnswer() {
    ReplyPlace place = house.replyPlace();
    Assignment job = later(place, Failover.NONE);
    house.earlier(place, job.job(), earlierFence(), started(), chunk(0, "Hello"));

    house.assign(node, job);

    assertThat(house.replies(place, job.fence()).getLast())
        .isInstanceOfSatisfying(
            Failed.class,
            failed -> assertThat(failed.code()).isEqualTo(FailureCodes.STREAM_BROKEN));
    assertThat(house.event(job.fence(), Finished.class).failure().retryable()).isFalse();
    assertThat(worker.calls()).isZero();
  }

  @Test
  void runsNothingWhenTheStreamHadEnded() {
    ReplyPlace place = house.replyPlace();
    Assignment job = later(place, Failover.SEAMLESS);
    Done done = new Done(0, FinishReason.STOP, new Usage(1, 1), "elsewhere", "m", 1);
    house.earlier(place, job.job(), earlierFence(), started(), chunk(0, "Hello"), done);

    house.assign(node, job);

    Finished finished = house.event(job.fence(), Finished.class);
    assertThat(finished.outcome()).isEqualTo(AttemptOutcome.SUCCEEDED);
    assertThat(finished.backend()).isEqualTo("elsewhere");
    assertThat(worker.calls()).isZero();
  }

  @Test
  void startsPlainlyWhenTheEarlierAttemptHadSaidNothing() {
    ReplyPlace place = house.replyPlace();
    worker.then(says("Hello"));
    Assignment job = later(place, Failover.NONE);
    house.earlier(place, job.job(), earlierFence(), started());

    house.assign(node, job);

    assertThat(house.replies(place, job.fence()))
        .startsWith(new Started(job.node()), chunk(0, "Hello"));
  }

  @Test
  void goesOnWithItsOtherBackendFromMemory() throws Exception {
    ReplyPlace place = house.replyPlace();
    ScriptedWorker first = new ScriptedWorker("first", 10, true);
    ScriptedWorker second = new ScriptedWorker("second", 50, true);
    try (WorkerNode both = house.node("both-" + NODES.incrementAndGet(), 2, first, second)) {
      first.then(breaks(Fault.CUT, FailureCodes.BACKEND_ERROR, "Hel", "lo"));
      second.then(says(" world"));
      Assignment job = house.first(both, place);

      house.assign(both, job);

      List<ReplyRecord> replies = house.replies(place, job.fence());
      assertThat(text(replies)).isEqualTo("Hello world");
      assertThat(replies.getLast())
          .isInstanceOfSatisfying(
              Done.class, done -> assertThat(done.backend()).isEqualTo("second"));
      assertThat(second.request().prefix()).isEqualTo("Hello");
    }
  }

  private Assignment later(ReplyPlace place, Failover failover) {
    return house.assignment(node, place, false, failover, 60_000);
  }

  private static Fence earlierFence() {
    return new Fence(0, 9, 1);
  }

  private static Started started() {
    return new Started("earlier");
  }

  private static Chunk chunk(long seq, String text) {
    return new Chunk(seq, Delta.text(text));
  }
}
