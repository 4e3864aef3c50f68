package dev.relevo.node.kafka;

import static dev.relevo.node.kafka.ScriptedWorker.breaks;
import static dev.relevo.node.kafka.ScriptedWorker.hangs;
import static dev.relevo.node.kafka.ScriptedWorker.says;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.CircuitBreakerSettings;
import dev.relevo.common.config.LimitSettings;
import dev.relevo.common.config.RetrySettings;
import dev.relevo.common.config.Settings;
import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.EventRecord.Finished;
import dev.relevo.common.protocol.EventRecord.Rejected;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.NodeBeat.Health;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.ReplyRecord.Chunk;
import dev.relevo.common.protocol.ReplyRecord.Done;
import dev.relevo.common.protocol.ReplyRecord.Failed;
import dev.relevo.common.protocol.ReplyRecord.Resumed;
import dev.relevo.node.WorkerNode;
import dev.relevo.node.backend.Fault;
import dev.relevo.node.backend.LimitNews;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a node with several backends does when they fail, are full, or come back. */
class BackendPoolTest {
  private static final AtomicInteger NODES = new AtomicInteger();
  private static House house;
  private final ScriptedWorker first = new ScriptedWorker("first", 10, true, "m");
  private final ScriptedWorker second = new ScriptedWorker("second", 50, true, "m", "spare");
  private WorkerNode node;

  @BeforeAll
  static void build() {
    house = new House("pool-" + UUID.randomUUID());
  }

  @AfterAll
  static void leave() {
    house.close();
  }

  @AfterEach
  void stop() {
    node.kill();
  }

  @Test
  void asksABackendAgainBeforeItsFirstPiece() throws Exception {
    start(retry(3), LimitSettings.NONE, first);
    first.then(breaks(Fault.SERVER, "overloaded")).then(breaks(Fault.UNREACHABLE, "reset"));
    first.then(says("Hello"));
    ReplyPlace place = house.replyPlace();
    Assignment job = house.first(node, place);

    house.assign(node, job);

    assertThat(NodeOnKafka.text(house.replies(place, job.fence()))).isEqualTo("Hello");
    assertThat(first.calls()).isEqualTo(3);
    assertThat(count("calls", job.node())).isEqualTo(3);
    assertThat(count("retries", job.node())).isEqualTo(2);
    assertThat(
            house
                .meters
                .get("relevo.node.backend.failures")
                .tags("node", job.node(), "backend", "first", "fault", "server")
                .counter()
                .count())
        .isEqualTo(1);
  }

  @Test
  void goesToTheOtherBackendBeforeAndInTheMiddleOfAnAnswer() throws Exception {
    start(retry(3), LimitSettings.NONE, first, second);
    first.then(breaks(Fault.SERVER, "overloaded")).then(breaks(Fault.CUT, "cut", "Hel", "lo"));
    second.then(says("Good day")).then(says(" world"));
    ReplyPlace place = house.replyPlace();
    Assignment before = house.first(node, place);
    house.assign(node, before);
    List<ReplyRecord> replies = house.replies(place, before.fence());
    assertThat(NodeOnKafka.text(replies)).isEqualTo("Good day");
    assertThat(replies).noneMatch(Resumed.class::isInstance);

    ReplyPlace other = house.replyPlace();
    Assignment middle = house.first(node, other);
    house.assign(node, middle);

    replies = house.replies(other, middle.fence());
    assertThat(NodeOnKafka.text(replies)).isEqualTo("Hello world");
    assertThat(second.request().prefix()).isNull();
    assertThat(second.request().prefix()).isEqualTo("Hello");
    Finished finished = house.event(middle.fence(), Finished.class);
    assertThat(finished.backend()).isEqualTo("second");
    assertThat(finished.usage()).isNotNull();
  }

  @Test
  void reportsTheFallbackModelThatAnswered() throws Exception {
    start(retry(1), LimitSettings.NONE, first, second);
    first.then(breaks(Fault.CONTEXT_TOO_LONG, "context_length_exceeded"));
    second.then(says("shorter"));
    ReplyPlace place = house.replyPlace();
    Assignment job = House.falling(house.first(node, place), "nobody-has-it", "spare");

    house.assign(node, job);

    assertThat(house.replies(place, job.fence()).getLast())
        .isInstanceOfSatisfying(
            Done.class,
            done -> {
              assertThat(done.model()).isEqualTo("spare");
              assertThat(done.backend()).isEqualTo("second");
            });
    assertThat(second.request().model()).isEqualTo("spare");
    assertThat(house.event(job.fence(), Finished.class).model()).isEqualTo("spare");
  }

  @Test
  void tellsTheCallerInTheProvidersWordsThatARequestIsTooLong() throws Exception {
    start(retry(3), LimitSettings.NONE, first, second);
    first.then(breaks(Fault.CONTEXT_TOO_LONG, "context_length_exceeded"));
    ReplyPlace place = house.replyPlace();
    Assignment job = house.first(node, place);

    house.assign(node, job);

    assertThat(house.replies(place, job.fence()).getLast())
        .isEqualTo(new Failed("context_length_exceeded", "as told", 1));
    assertThat(second.calls()).isZero();
  }

  @Test
  void saysWhichModelARequestIsTooLongForWhenOthersMayAnswer() throws Exception {
    start(retry(1), LimitSettings.NONE, first, second);
    first.then(breaks(Fault.CONTEXT_TOO_LONG, "context_length_exceeded"));
    second.then(breaks(Fault.SERVER, "spare is broken"));
    Assignment job = House.falling(house.first(node, null), "spare", "elsewhere");

    house.assign(node, job);

    Finished finished = house.event(job.fence(), Finished.class);
    assertThat(finished.failure())
        .isEqualTo(new AttemptFailure(FailureCodes.CONTEXT_TOO_LONG, "as told", true, null));
    assertThat(finished.backend()).isEqualTo("first");
    assertThat(finished.model()).isEqualTo("m");
  }

  @Test
  void reportsTheBackendAndModelThatFailedLast() throws Exception {
    start(retry(1), LimitSettings.NONE, first, second);
    first.then(breaks(Fault.SERVER, "one"));
    second.then(breaks(Fault.SERVER, "two")).then(breaks(Fault.SILENT, "three"));
    Assignment job = House.falling(house.first(node, null), "spare");

    house.assign(node, job);

    Finished finished = house.event(job.fence(), Finished.class);
    assertThat(finished.outcome()).isEqualTo(AttemptOutcome.FAILED);
    assertThat(finished.failure().code()).isEqualTo("three");
    assertThat(finished.backend()).isEqualTo("second");
    assertThat(finished.model()).isEqualTo("spare");
  }

  @Test
  void anOpenBreakerIsToldAtOnceAndComesBackByItself() throws Exception {
    start(retry(1), LimitSettings.NONE, first);
    first.then(breaks(Fault.SERVER, "one")).then(breaks(Fault.SERVER, "two"));
    first.then(says("well again"));
    Assignment one = house.first(node, null);
    house.assign(node, one);
    Assignment two = house.first(node, null);
    house.assign(node, two);

    breakerIs("OPEN");
    breakerIs("HALF_OPEN");
    Assignment three = house.first(node, null);
    house.assign(node, three);

    assertThat(house.event(three.fence(), Finished.class).outcome())
        .isEqualTo(AttemptOutcome.SUCCEEDED);
    AtomicBoolean halfOpen = new AtomicBoolean();
    house.beat(
        node.readiness().node(),
        beat -> {
          String breaker = beat.backends().getFirst().breaker();
          halfOpen.compareAndSet(false, breaker.equals("HALF_OPEN"));
          return halfOpen.get() && breaker.equals("CLOSED");
        });
  }

  @Test
  void aFullBackendIsBusyAndItsNodeRefusesMore() throws Exception {
    start(retry(1), new LimitSettings(1, 0, 0), first);
    first.then(hangs()).then(says("next"));
    Assignment running = house.first(node, null);
    house.assign(node, running);
    house.beat(running.node(), beat -> beat.backends().getFirst().health() == Health.BUSY);

    Assignment more = house.first(node, null);
    house.assign(node, more);
    assertThat(house.event(more.fence(), Rejected.class).reason()).isEqualTo(Rejected.Reason.BUSY);

    house.control(running.job(), new ControlRecord.Cancel(running.job(), "enough"));
    house.event(running.fence(), Finished.class);
    Assignment last = house.first(node, null);
    house.assign(node, last);
    assertThat(house.event(last.fence(), Finished.class).outcome())
        .isEqualTo(AttemptOutcome.SUCCEEDED);
  }

  @Test
  void whatAResponseSaysOfLimitsIsKept() throws Exception {
    start(retry(1), LimitSettings.NONE, first);
    first.then((request, sink) -> {
      request.limits().told(new LimitNews(0L, 60_000L, null, null));
      return says("the last one").run(request, sink);
    });
    Assignment job = house.first(node, null);
    house.assign(node, job);
    house.event(job.fence(), Finished.class);

    house.beat(job.node(), beat -> beat.backends().getFirst().health() == Health.BUSY);

    Assignment more = house.first(node, null);
    house.assign(node, more);
    assertThat(house.event(more.fence(), Rejected.class).reason()).isEqualTo(Rejected.Reason.BUSY);
    assertThat(first.calls()).isOne();
  }

  @Test
  void aPauseBetweenTwoTriesEndsWhenTheJobIsCancelled() throws Exception {
    start(
        new RetrySettings(3, Duration.ofMinutes(5), Duration.ofMinutes(5)),
        LimitSettings.NONE,
        first);
    first.then(breaks(Fault.SERVER, "one"));
    ReplyPlace place = house.replyPlace();
    Assignment job = house.assignment(node, place, true, Failover.SEAMLESS, 3_600_000);
    house.assign(node, job);
    first.request();

    house.control(job.job(), new ControlRecord.Cancel(job.job(), "enough"));

    assertThat(house.replies(place, job.fence()).getLast())
        .isEqualTo(new ReplyRecord.Cancelled("enough"));
    assertThat(first.calls()).isZero();
  }

  @Test
  void nothingOfAnAnswerThatBrokeIsAskedOfTheSameBackendAgain() throws Exception {
    start(retry(3), LimitSettings.NONE, first);
    first.then(breaks(Fault.CUT, FailureCodes.BACKEND_ERROR, "Hel"));
    ReplyPlace place = house.replyPlace();
    Assignment job = house.first(node, place);

    house.assign(node, job);

    assertThat(house.event(job.fence(), Finished.class).failure().retryable()).isTrue();
    assertThat(house.replies(place, job.fence(), Chunk.class::isInstance))
        .noneMatch(ReplyRecord::isTerminal);
    assertThat(first.calls()).isOne();
  }

  private void start(RetrySettings retry, LimitSettings limits, ScriptedWorker... workers)
      throws Exception {
    List<BackendSettings> backends =
        Stream.of(workers).map(worker -> settings(worker.info().name(), retry, limits)).toList();
    node = house.node("pool-" + NODES.incrementAndGet(), 4, backends, workers);
  }

  private static RetrySettings retry(int attempts) {
    return new RetrySettings(attempts, Duration.ofMillis(10), Duration.ofMillis(100));
  }

  private static BackendSettings settings(String name, RetrySettings retry, LimitSettings limits) {
    BackendSettings d = Settings.defaults().node().backends().getFirst();
    return new BackendSettings(
        name,
        d.type(),
        d.baseUrl(),
        d.apiKey(),
        d.models(),
        d.priority(),
        d.weight(),
        d.capabilities(),
        d.timeouts(),
        retry,
        new CircuitBreakerSettings(50, 2, Duration.ofSeconds(1), 1),
        limits);
  }

  private NodeBeat breakerIs(String state) {
    return house.beat(
        node.readiness().node(), beat -> beat.backends().getFirst().breaker().equals(state));
  }

  private double count(String what, String nodeName) {
    return house
        .meters
        .get("relevo.node.backend." + what)
        .tags("node", nodeName, "backend", "first")
        .counter()
        .count();
  }
}
