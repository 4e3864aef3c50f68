package dev.relevo.node.kafka;

import static dev.relevo.node.kafka.ScriptedWorker.breaks;
import static dev.relevo.node.kafka.ScriptedWorker.hangs;
import static dev.relevo.node.kafka.ScriptedWorker.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import dev.relevo.common.protocol.ReplyRecord.Resumed;
import dev.relevo.common.protocol.ReplyRecord.Started;
import dev.relevo.common.protocol.ResumeMode;
import dev.relevo.common.protocol.Usage;
import dev.relevo.node.WorkerNode;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.core.DuplicateNodeException;
import dev.relevo.node.core.NodeFailedException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.header.Headers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node on a real broker; the test is its dispatcher. */
class WorkerNodeTest {
  private static final AtomicInteger NODES = new AtomicInteger();
  private static House house;
  private final ScriptedWorker worker = new ScriptedWorker("local", 10, true);
  private WorkerNode node;

  @BeforeAll
  static void build() {
    house = new House("node-" + UUID.randomUUID());
  }

  @AfterAll
  static void leave() {
    house.close();
  }

  @BeforeEach
  void start() throws Exception {
    node = house.node("node-" + NODES.incrementAndGet(), 2, worker);
  }

  @AfterEach
  void stop() {
    node.kill();
  }

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
    worker.then(breaks(false, FailureCodes.INVALID_REQUEST));
    Assignment job = house.first(node, place);

    house.assign(node, job);

    assertThat(house.replies(place, job.fence()).getLast())
        .isEqualTo(new Failed(FailureCodes.INVALID_REQUEST, "as told", 1));
    assertThat(house.event(job.fence(), Finished.class).failure().retryable()).isFalse();
  }

  @Test
  void reportsARetryableFailureToTheDispatcherOnly() {
    ReplyPlace place = house.replyPlace();
    worker.then(breaks(true, FailureCodes.BACKEND_ERROR, "Hel"));
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
    worker.then(breaks(false, FailureCodes.INVALID_REQUEST)).then(says("Hell", "o wor", "ld"));
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
      first.then(breaks(true, FailureCodes.BACKEND_ERROR, "Hel", "lo"));
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

  private static String text(List<ReplyRecord> replies) {
    StringBuilder text = new StringBuilder();
    for (ReplyRecord reply : replies) {
      if (reply instanceof Chunk chunk) {
        text.append(chunk.delta().content());
      }
    }
    return text.toString();
  }
}
