package dev.relevo.node.kafka;

import static dev.relevo.node.kafka.ScriptedWorker.breaks;
import static dev.relevo.node.kafka.ScriptedWorker.hangs;
import static dev.relevo.node.kafka.ScriptedWorker.says;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.EventRecord.Accepted;
import dev.relevo.common.protocol.EventRecord.Finished;
import dev.relevo.common.protocol.EventRecord.Rejected;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.ReplyRecord.Chunk;
import dev.relevo.common.protocol.ReplyRecord.Done;
import dev.relevo.common.protocol.ReplyRecord.Failed;
import dev.relevo.common.protocol.ReplyRecord.Started;
import dev.relevo.common.protocol.Usage;
import dev.relevo.node.backend.Fault;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.junit.jupiter.api.Test;

/** What a node does with what is assigned to it. */
class WorkerNodeTest extends NodeOnKafka {
  @Test
  void streamsAnAnswerAndReportsItWhenKafkaHasAllOfIt() throws Exception {
    ReplyPlace place = house.replyPlace();
    worker.then(says("Hello", " ", "world"));
    Assignment job = house.first(node, place);

    house.assign(node, job);

    List<ReplyRecord> replies = house.replies(place, job.fence());
    assertThat(replies.get(0)).isEqualTo(new Started(job.node()));
    assertThat(replies.get(1)).isEqualTo(new Chunk(0, Delta.text("Hello")));
    assertThat(text(replies)).isEqualTo("Hello world");
    long lastSeq = replies.size() - 3L;
    assertThat(replies.getLast())
        .isEqualTo(new Done(lastSeq, FinishReason.STOP, new Usage(3, 3), "local", "m", 1));
    assertThat(house.event(job.fence(), Accepted.class).startedOffset()).isZero();
    Finished finished = house.event(job.fence(), Finished.class);
    assertThat(finished.outcome()).isEqualTo(AttemptOutcome.SUCCEEDED);
    assertThat(finished.backend()).isEqualTo("local");
    assertThat(finished.ttftMs()).isNotNull();
    assertThat(worker.request().body().path("messages").size()).isOne();
  }

  @Test
  void onlyReportsTheOutcomeOfAJobWithoutReplyPlace() {
    worker.then(says("Hello"));
    Assignment job = house.first(node, null);

    house.assign(node, job);

    assertThat(house.event(job.fence(), Accepted.class).startedOffset()).isNull();
    assertThat(house.event(job.fence(), Finished.class).outcome())
        .isEqualTo(AttemptOutcome.SUCCEEDED);
  }

  @Test
  void rejectsWhatIsBeyondItsCapacityAndWhatItCannotServe() {
    worker.then(hangs()).then(hangs());
    Assignment one = house.first(node, null);
    Assignment two = house.first(node, null);
    Assignment three = house.first(node, null);
    house.assign(node, one);
    house.assign(node, two);
    house.assign(node, three);

    assertThat(house.event(three.fence(), Rejected.class).reason()).isEqualTo(Rejected.Reason.BUSY);
    NodeBeat full = house.beat(one.node(), beat -> beat.attempts().size() == 2);
    assertThat(full.attempts())
        .isEqualTo(
            Map.of(
                one.fence().toString(), NodeBeat.Phase.RUNNING,
                two.fence().toString(), NodeBeat.Phase.RUNNING));

    Assignment four = house.first(node, null);
    Headers headers = four.toHeaders();
    headers.remove(HeaderNames.MODEL);
    headers.add(HeaderNames.MODEL, "other".getBytes(StandardCharsets.UTF_8));
    house.assign(node, four.job(), headers, "{}");
    assertThat(house.event(four.fence(), Rejected.class).reason())
        .isEqualTo(Rejected.Reason.UNKNOWN_MODEL);
  }

  @Test
  void ignoresDuplicatesOtherIncarnationsAndLowerEpochs() {
    worker.then(says("once")).then(says("last"));
    Assignment job = house.first(node, null);
    house.assign(node, job);
    house.assign(node, job);
    Assignment foreign =
        new Assignment(
            "foreign",
            house.nextFence(),
            job.node(),
            "another incarnation",
            1,
            true,
            null,
            null,
            "m",
            job.headers());
    house.assign(node, foreign);
    Assignment stale = House.with(job, "stale", new Fence(0, 9, 1_000));
    house.assign(node, stale);
    Assignment last = house.first(node, null);
    house.assign(node, last);

    house.event(last.fence(), Finished.class);
    assertThat(worker.calls()).isEqualTo(2);
  }

  @Test
  void passesOnAFailureThatIsTheCallersFault() {
    ReplyPlace place = house.replyPlace();
    worker.then(breaks(Fault.CALLER, FailureCodes.INVALID_REQUEST));
    Assignment job = house.first(node, place);

    house.assign(node, job);

    assertThat(house.replies(place, job.fence()).getLast())
        .isEqualTo(new Failed(FailureCodes.INVALID_REQUEST, "as told", 1));
    assertThat(house.event(job.fence(), Finished.class).failure().retryable()).isFalse();
  }

  @Test
  void reportsARetryableFailureToTheDispatcherOnly() {
    ReplyPlace place = house.replyPlace();
    worker.then(breaks(Fault.CUT, FailureCodes.BACKEND_ERROR, "Hel"));
    Assignment job = house.first(node, place);

    house.assign(node, job);

    Finished finished = house.event(job.fence(), Finished.class);
    assertThat(finished.outcome()).isEqualTo(AttemptOutcome.FAILED);
    assertThat(finished.failure().retryable()).isTrue();
    assertThat(finished.backend()).isEqualTo("local");
    assertThat(house.replies(place, job.fence(), Chunk.class::isInstance))
        .noneMatch(ReplyRecord::isTerminal);
  }

  @Test
  void tellsTheReaderOfABodyThatIsNoObject() {
    ReplyPlace place = house.replyPlace();
    Assignment job = house.first(node, place);

    house.assign(node, job, "not json");

    assertThat(house.replies(place, job.fence()).getLast())
        .isInstanceOfSatisfying(
            Failed.class,
            failed -> {
              assertThat(failed.code()).isEqualTo(FailureCodes.INVALID_REQUEST);
              assertThat(failed.message()).contains("JSON object");
            });
    assertThat(worker.calls()).isZero();
  }

  @Test
  void answersAnUnreadableAssignmentAndGoesOn() {
    Assignment broken = house.first(node, null);
    Headers headers = broken.toHeaders();
    headers.remove(HeaderNames.DEADLINE);
    headers.add(HeaderNames.DEADLINE, "soon".getBytes(StandardCharsets.UTF_8));
    house.assign(node, broken.job(), headers, "{}");

    Finished finished = house.event(broken.fence(), Finished.class);
    assertThat(finished.failure().code()).isEqualTo(FailureCodes.MALFORMED_RECORD);
    assertThat(finished.failure().message()).contains("soon");

    worker.then(says("fine"));
    Assignment next = house.first(node, null);
    house.assign(node, next);
    assertThat(house.event(next.fence(), Finished.class).outcome())
        .isEqualTo(AttemptOutcome.SUCCEEDED);
  }

  @Test
  void stopsACancelledJobAndRemembersCancelsOfJobsToCome() {
    ReplyPlace place = house.replyPlace();
    worker.then(hangs("Hel"));
    Assignment job = house.first(node, place);
    house.assign(node, job);
    house.replies(place, job.fence(), Chunk.class::isInstance);

    house.control(job.job(), new ControlRecord.Cancel(job.job(), "enough"));

    assertThat(house.replies(place, job.fence()).getLast())
        .isEqualTo(new ReplyRecord.Cancelled("enough"));
    assertThat(house.event(job.fence(), Finished.class).outcome())
        .isEqualTo(AttemptOutcome.CANCELLED);

    Assignment again = House.with(job, job.job(), house.nextFence());
    house.assign(node, again);
    assertThat(house.event(again.fence(), Finished.class).outcome())
        .isEqualTo(AttemptOutcome.CANCELLED);
  }

  @Test
  void stopsAJobAtItsDeadline() {
    ReplyPlace place = house.replyPlace();
    worker.then(hangs("Hel"));
    Assignment job = house.assignment(node, place, true, Failover.SEAMLESS, 1_000);

    house.assign(node, job);

    assertThat(house.replies(place, job.fence()).getLast())
        .isInstanceOfSatisfying(
            Failed.class,
            failed -> assertThat(failed.code()).isEqualTo(FailureCodes.DEADLINE_EXCEEDED));
    assertThat(house.event(job.fence(), Finished.class).outcome())
        .isEqualTo(AttemptOutcome.EXPIRED);
  }

  @Test
  void callsNoBackendForAJobWhoseDeadlineIsOver() {
    ReplyPlace place = house.replyPlace();
    worker.then(hangs());
    Assignment job = house.assignment(node, place, true, Failover.SEAMLESS, -1);

    house.assign(node, job);

    assertThat(((Failed) house.replies(place, job.fence()).getLast()).code())
        .isEqualTo(FailureCodes.DEADLINE_EXCEEDED);
    assertThat(house.event(job.fence(), Finished.class).outcome())
        .isEqualTo(AttemptOutcome.EXPIRED);
    assertThat(worker.calls()).isZero();
  }

  @Test
  void stopsItsOldAttemptAtAJobThatComesBackToIt() {
    worker.then(hangs()).then(hangs());
    Assignment old = house.first(node, null);
    house.assign(node, old);
    house.event(old.fence(), Accepted.class);
    Assignment again = House.with(old, old.job(), house.nextFence());

    house.assign(node, again);

    assertThat(house.event(old.fence(), Finished.class).failure().code())
        .isEqualTo(FailureCodes.NODE_LOST);
    NodeBeat one =
        house.beat(
            old.node(),
            beat ->
                !beat.attempts().containsKey(old.fence().toString())
                    && beat.attempts().containsKey(again.fence().toString()));
    assertThat(one.attempts()).containsOnlyKeys(again.fence().toString());
  }

  @Test
  void endsAJobThatNobodyListensTo() {
    worker.then(hangs());
    ReplyPlace gone = new ReplyPlace(house.topics.replies("gone"), 0, 0);
    Assignment job = house.first(node, gone);

    house.assign(node, job);

    assertThat(house.event(job.fence(), Finished.class).outcome())
        .isEqualTo(AttemptOutcome.CANCELLED);
  }
}
