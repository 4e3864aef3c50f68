package dev.relevo.node.kafka;

import static dev.relevo.node.kafka.ScriptedSource.backend;
import static dev.relevo.node.kafka.ScriptedWorker.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.EventRecord.Finished;
import dev.relevo.common.protocol.EventRecord.Rejected;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.NodeBeat.Health;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord.Chunk;
import dev.relevo.node.WorkerNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A node whose backends change while it runs, by its file and by orders, on a real broker. */
class ChangingBackendsTest {
  private static final AtomicInteger NODES = new AtomicInteger();
  private static House house;
  private final ScriptedSource source = new ScriptedSource();
  private final CountDownLatch goOn = new CountDownLatch(1);
  private String id = "";
  private WorkerNode node;

  @BeforeAll
  static void build() {
    house = new House("changing-" + UUID.randomUUID());
  }

  @AfterAll
  static void leave() {
    house.close();
  }

  @AfterEach
  void stop() {
    goOn.countDown();
    node.kill();
  }

  private void start(BackendSettings... backends) throws Exception {
    start("changing-" + NODES.incrementAndGet(), backends);
  }

  private void start(String name, BackendSettings... backends) throws Exception {
    id = name;
    node = house.start(id, 4, House.INTERVAL, Duration.ofSeconds(5), List.of(backends), source);
    node.awaitReady(House.PATIENCE);
  }

  /** Waits for a beat in which exactly these are available. */
  private NodeBeat awaitAvailable(String... names) {
    return house.beat(
        id,
        beat ->
            beat.backends().size() == names.length
                && beat.backends().stream()
                    .allMatch(backend ->
                        List.of(names).contains(backend.name())
                            && backend.health() == Health.AVAILABLE));
  }

  /** A job that has said one word and waits. */
  private Assignment runs(ReplyPlace place, String backend) {
    source
        .worker(backend)
        .then((request, sink) -> {
          sink.accept(0, Delta.text("Hel"));
          assertThat(goOn.await(30, TimeUnit.SECONDS)).isTrue();
          return says("lo").run(request, sink);
        });
    Assignment job = house.first(node, place);
    house.assign(node, job);
    house.replies(place, job.fence(), Chunk.class::isInstance);
    return job;
  }

  private void assertEndedOn(String backend, Assignment job, ReplyPlace place) {
    assertThat(NodeOnKafka.text(house.replies(place, job.fence()))).isEqualTo("Hello");
    assertThat(house.event(job.fence(), Finished.class).backend()).isEqualTo(backend);
  }

  private String answerOf(Assignment job, ReplyPlace place) {
    house.assign(node, job);
    String text = NodeOnKafka.text(house.replies(place, job.fence()));
    return house.event(job.fence(), Finished.class).backend() + ": " + text;
  }

  @Test
  void whatRunsEndsOnTheBackendThatWentAndTheNextJobGoesToTheNewOne() throws Exception {
    start(backend("old"));
    ReplyPlace place = house.replyPlace();
    Assignment running = runs(place, "old");

    node.changeBackends(List.of(backend("new")));

    awaitAvailable("new");
    source.worker("new").then(says("Hi"));
    ReplyPlace other = house.replyPlace();
    assertThat(answerOf(house.first(node, other), other)).isEqualTo("new: Hi");
    ScriptedWorker old = source.worker("old");
    assertThat(old.isClosed()).isFalse();
    goOn.countDown();
    assertEndedOn("old", running, place);
    old.awaitClosed();
    assertThat(old.calls()).isEqualTo(1);
  }

  @Test
  void anotherAddressIsAnotherServerOfTheSameName() throws Exception {
    start(backend("gpu", "base-url", "http://one:1"));
    ReplyPlace place = house.replyPlace();
    Assignment running = runs(place, "gpu");
    ScriptedWorker first = source.worker("gpu");

    node.changeBackends(List.of(backend("gpu", "base-url", "http://two:2")));

    ScriptedWorker second = source.worker("gpu");
    assertThat(second).isNotSameAs(first);
    awaitAvailable("gpu");
    second.then(says("Hi"));
    ReplyPlace other = house.replyPlace();
    assertThat(answerOf(house.first(node, other), other)).isEqualTo("gpu: Hi");
    goOn.countDown();
    assertEndedOn("gpu", running, place);
    first.awaitClosed();
    assertThat(second.isClosed()).isFalse();
  }

  @Test
  void theSameServerUnderOtherTermsNeverLooksAway() throws Exception {
    start(backend("gpu"), backend("spare"));
    ScriptedWorker first = source.worker("gpu");

    node.changeBackends(List.of(backend("gpu", "priority", "3"), backend("spare")));

    first.awaitClosed();
    assertThat(node.readiness().backends())
        .anyMatch(gpu -> gpu.priority() == 3 && gpu.health() == Health.AVAILABLE);
    assertThat(source.count("spare")).isEqualTo(1);
    source.worker("gpu").then(says("Hi"));
    ReplyPlace place = house.replyPlace();
    assertThat(answerOf(house.first(node, place), place)).isEqualTo("gpu: Hi");
  }

  @Test
  void whatCannotBeMadeChangesNothing() throws Exception {
    start(backend("gpu"));

    assertThatThrownBy(() -> node.changeBackends(List.of(backend("fine"), backend("bad"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Backend bad cannot be made.");

    source.worker("fine").awaitClosed();
    assertThat(source.worker("gpu").isClosed()).isFalse();
    assertThat(node.readiness().backends())
        .extracting(NodeBeat.Backend::name)
        .containsExactly("gpu");
  }

  @Test
  void aNodeWithoutAnyBackendLivesAndSaysSo() throws Exception {
    start(backend("gpu"));

    node.changeBackends(List.of());

    house.beat(id, beat -> beat.backends().isEmpty());
    assertThat(node.readiness().isReady()).isFalse();
    Assignment job = house.first(node, null);
    house.assign(node, job);
    assertThat(house.event(job.fence(), Rejected.class).reason())
        .isEqualTo(Rejected.Reason.UNKNOWN_MODEL);
    node.changeBackends(List.of(backend("gpu")));
    awaitAvailable("gpu");
  }

  private NodeBeat.Order order(ControlRecord.BackendOrder order) {
    long offset = house.control(order.name(), order);
    return house
        .beat(id, beat -> beat.orders().stream().anyMatch(told -> told.offset() == offset))
        .orders()
        .stream()
        .filter(told -> told.offset() == offset)
        .findFirst()
        .orElseThrow();
  }

  private static final Map<String, String> FOR_M = Map.of("type", "scripted", "models", "m");

  @Test
  void ordersAddAndRemove() throws Exception {
    start(backend("gpu"));
    house.control("cloud", new ControlRecord.BackendAdd("somebody-else", "cloud", FOR_M));

    assertThat(order(new ControlRecord.BackendAdd(id, "cloud", FOR_M)).taken()).isTrue();
    awaitAvailable("gpu", "cloud");
    assertThat(source.count("cloud")).isEqualTo(1);
    NodeBeat.Order removal = order(new ControlRecord.BackendRemove(id, "gpu"));
    assertThat(removal.taken()).isTrue();
    assertThat(removal.words()).contains("comes back");
    awaitAvailable("cloud");

    source.worker("cloud").then(says("Hi"));
    ReplyPlace place = house.replyPlace();
    assertThat(answerOf(house.first(node, place), place)).isEqualTo("cloud: Hi");
  }

  @Test
  void anOrderThatCannotBeObeyedSaysWhy() throws Exception {
    start(backend("gpu"));

    NodeBeat.Order unknown =
        order(new ControlRecord.BackendAdd(id, "cloud", Map.of("type", "scriptd")));
    assertThat(unknown.taken()).isFalse();
    assertThat(unknown.words())
        .isEqualTo(
            "backend cloud: type: there is no adapter \"scriptd\", only scripted (did you mean"
                + " scripted?)");
    assertThat(
            order(
                    new ControlRecord.BackendAdd(
                        id, "cloud", Map.of("type", "scripted", "api-key", "${NOT_SET_HERE}")))
                .words())
        .isEqualTo("backend cloud: api-key: the environment variable NOT_SET_HERE is not set");
    assertThat(order(new ControlRecord.BackendAdd(id, "gpu", FOR_M)).words())
        .contains("the node's file has a backend gpu");
    assertThat(order(new ControlRecord.BackendAdd(id, "bad", FOR_M)).words())
        .isEqualTo("Backend bad cannot be made.");
    assertThat(order(new ControlRecord.BackendRemove(id, "nobody")).taken()).isFalse();
    assertThat(node.readiness().backends()).hasSize(1);
  }

  @Test
  void whatOrdersAddedIsThereAgainAfterAStartAndTheFilesWordCounts() throws Exception {
    String name = "again-" + UUID.randomUUID();
    house.control("cloud", new ControlRecord.BackendAdd(name, "cloud", FOR_M));
    house.control("gone", new ControlRecord.BackendAdd(name, "gone", FOR_M));
    house.control("gone", new ControlRecord.BackendRemove(name, "gone"));
    house.control("bad", new ControlRecord.BackendAdd(name, "bad", FOR_M));
    house.control("gpu", new ControlRecord.BackendRemove(name, "gpu"));

    start(name, backend("gpu"));

    awaitAvailable("gpu", "cloud");
    assertThat(source.count("gone")).isZero();
    assertThat(house.beat(id, beat -> true).orders()).isEmpty();
    assertThat(order(new ControlRecord.BackendRemove(name, "cloud")).taken()).isTrue();
    awaitAvailable("gpu");
  }
}
