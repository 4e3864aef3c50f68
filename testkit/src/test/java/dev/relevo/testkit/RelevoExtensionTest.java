package dev.relevo.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.test;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.instanceOf;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.suppressed;

import dev.relevo.client.ChatMessage;
import dev.relevo.client.JobClient;
import dev.relevo.client.JobException;
import dev.relevo.client.JobRequest;
import dev.relevo.common.kafka.TopicLayout;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

/** The extension in the hands of JUnit: whole test classes run inside these tests. */
@Timeout(180)
@Isolated("the classes that run in here leave what they saw in static fields")
class RelevoExtensionTest {
  /** Where the houses' Kafkas were, as the classes in here saw them. */
  private static final Set<String> KAFKAS = ConcurrentHashMap.newKeySet();

  private static final Set<String> PREFIXES = ConcurrentHashMap.newKeySet();

  /** Counted down by two classes that run at once; both wait for the other. */
  private static final CountDownLatch TOGETHER = new CountDownLatch(2);

  @BeforeEach
  void forget() {
    KAFKAS.clear();
    PREFIXES.clear();
  }

  private static EngineExecutionResults run(Class<?>... classes) {
    return run(false, classes);
  }

  private static EngineExecutionResults run(boolean concurrently, Class<?>... classes) {
    return EngineTestKit.engine("junit-jupiter")
        .configurationParameter(
            "junit.jupiter.execution.parallel.enabled", Boolean.toString(concurrently))
        .configurationParameter(
            "junit.jupiter.execution.parallel.mode.classes.default", "concurrent")
        .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
        .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "2")
        .selectors(
            Stream.of(classes)
                .map(type -> selectClass(type))
                .toArray(org.junit.platform.engine.DiscoverySelector[]::new))
        .execute();
  }

  private static void assertPassed(int tests, EngineExecutionResults results) {
    assertThat(
            results
                .allEvents()
                .executions()
                .failed()
                .map(failed -> failed.getTerminationInfo().getExecutionResult().getThrowable()))
        .isEmpty();
    results.testEvents().assertStatistics(stats -> stats.started(tests).succeeded(tests));
  }

  private static String ask(JobClient client, String model) {
    return client
        .complete(JobRequest.messages(List.of(ChatMessage.user("x"))).model(model).build())
        .text();
  }

  private static void assertClosed(String kafka) {
    int colon = kafka.indexOf(':');
    InetSocketAddress address =
        new InetSocketAddress(
            kafka.substring(0, colon), Integer.parseInt(kafka.substring(colon + 1)));
    assertThatThrownBy(
            () -> {
              try (Socket socket = new Socket()) {
                socket.connect(address, 2_000);
              }
            })
        .isInstanceOf(IOException.class);
  }

  private static void see(RelevoHouse house) {
    KAFKAS.add(house.bootstrapServers());
    PREFIXES.add(house.topics().prefix());
  }

  @RelevoTest(nodes = 1, settings = "dispatcher.retry.max-attempts=1")
  static class Annotated {
    @Test
    void takesParameters(
        RelevoHouse house, JobClient client, @BootstrapServers String kafka, RelevoExtension all) {
      see(house);
      house.model("gpt").answers("hello");
      assertThat(ask(client, "gpt")).isEqualTo("hello");
      assertThat(kafka).isEqualTo(house.bootstrapServers());
      assertThat(all.house()).isSameAs(house);
      assertThat(house.nodes()).containsExactly("node-1");
      house.model("gpt").answers("hello").failsAtChunk(1);
      assertThatThrownBy(() -> ask(client, "gpt")).hasMessageContaining("1 of 1 attempts");
    }

    @Nested
    class Inside {
      @Test
      void livesInTheSameHouse(RelevoHouse house) {
        see(house);
        assertThat(house.model("gpt").calls()).isEmpty();
      }
    }
  }

  @Test
  void anAnnotationGivesAHouseToAClassAndItsNestedOnes() {
    assertPassed(2, run(Annotated.class));

    assertThat(KAFKAS).hasSize(1).allSatisfy(RelevoExtensionTest::assertClosed);
    assertThat(PREFIXES).containsExactly(TopicLayout.DEFAULT_PREFIX);
  }

  static class Fails {
    @RegisterExtension static final RelevoExtension relevo = RelevoExtension.create();

    @Test
    void expectsSomethingElse(JobClient client) {
      see(relevo.house());
      relevo.model("gpt").answers("hello you");
      assertThat(ask(client, "gpt")).isEqualTo("hello me");
    }

    @Test
    void asksAModelWithoutAScript(JobClient client) {
      ask(client, "unknown");
    }
  }

  @Test
  void aTestThatFailsShowsWhatWasAskedAndAnsweredAndTheHouseIsClosed() {
    EngineExecutionResults results = run(Fails.class);

    results
        .testEvents()
        .assertThatEvents()
        .haveExactly(
            1,
            event(
                test("expectsSomethingElse"),
                finishedWithFailure(
                    suppressed(
                        0,
                        message(report ->
                            report.contains("for gpt: {\"model\":\"gpt\"")
                                && report.contains("gave \"hello \" \"you\" and finished")
                                && !report.contains("unknown"))))))
        .haveExactly(
            1,
            event(
                test("asksAModelWithoutAScript"),
                finishedWithFailure(
                    instanceOf(JobException.class),
                    message(text -> text.contains("model(\"unknown\").answers(")),
                    suppressed(0, message(report -> report.contains("unscripted_model"))))));
    assertThat(KAFKAS).hasSize(1).allSatisfy(RelevoExtensionTest::assertClosed);
  }

  static class OnePerTest {
    @RegisterExtension final RelevoExtension relevo = RelevoExtension.create().withNodes(1);

    @Test
    void one() {
      see(relevo.house());
    }

    @Test
    void two() {
      see(relevo.house());
    }
  }

  @Test
  void aFieldThatIsNotStaticHasAHouseForEachTest() {
    assertPassed(2, run(OnePerTest.class));

    assertThat(KAFKAS).hasSize(2).allSatisfy(RelevoExtensionTest::assertClosed);
  }

  @RelevoTest(shared = true)
  static class SharesOne {
    @Test
    void meets(RelevoHouse house, JobClient client) throws Exception {
      house.model("one").answers("one");
      see(house);
      TOGETHER.countDown();
      assertThat(TOGETHER.await(60, TimeUnit.SECONDS)).isTrue();

      assertThat(ask(client, "one")).isEqualTo("one");
      assertThat(house.model("one").requests()).hasSize(1);
      assertThat(house.report()).contains("one").doesNotContain("two");
    }

    @Test
    void mayNotTouchWhatOthersUse(RelevoHouse house) {
      assertThatThrownBy(() -> house.killNode("node-1")).hasMessageContaining("shared house");
      assertThatThrownBy(() -> house.model("one").answers("x").killsNodeAtChunk(0))
          .hasMessageContaining("shared house");
      assertThatThrownBy(house::anyModel).hasMessageContaining("shared house");
    }
  }

  static class SharesTwo {
    @RegisterExtension static final RelevoExtension relevo = RelevoExtension.create().shared();

    @BeforeAll
    static void script() {
      relevo.model("two").answers("two");
    }

    @Test
    void meets(JobClient client) throws Exception {
      see(relevo.house());
      TOGETHER.countDown();
      assertThat(TOGETHER.await(60, TimeUnit.SECONDS)).isTrue();

      assertThat(ask(client, "two")).isEqualTo("two");
    }
  }

  @Test
  void classesThatShareLiveInOneHouseEvenAtTheSameTime() {
    assertPassed(3, run(true, SharesOne.class, SharesTwo.class));

    assertThat(KAFKAS).hasSize(1).allSatisfy(RelevoExtensionTest::assertClosed);
  }

  static class TakesTheNameOfAnother {
    @RegisterExtension static final RelevoExtension relevo = RelevoExtension.create().shared();

    @Test
    void isTold() {
      RelevoHouse other = relevo.house().asGuest("dev.relevo.Other");
      other.model("gpt").answers("theirs");
      assertThatThrownBy(() -> relevo.model("gpt").answers("mine"))
          .hasMessageContaining("scripted by dev.relevo.Other");
      other.close();
      relevo.model("gpt").answers("mine");
    }
  }

  @Test
  void aModelOfASharedHouseIsOneClassesAlone() {
    assertPassed(1, run(TakesTheNameOfAnother.class));
  }

  static class OnOneKafka {
    @RegisterExtension
    static final RelevoExtension relevo = RelevoExtension.create().onSharedKafka();

    @Test
    void hasNodesOfItsOwn(JobClient client) {
      see(relevo.house());
      relevo.model("gpt").answers("mine").killsNodeAtChunk(0).then().answers("mine");
      assertThat(ask(client, "gpt")).isEqualTo("mine");
    }
  }

  static class OnTheSameKafka {
    @RegisterExtension
    static final RelevoExtension relevo = RelevoExtension.create().onSharedKafka();

    @Test
    void hasNodesOfItsOwn(JobClient client) {
      see(relevo.house());
      relevo.model("gpt").answers("theirs");
      assertThat(ask(client, "gpt")).isEqualTo("theirs");
      assertThat(relevo.nodes()).hasSize(2);
    }
  }

  @Test
  void classesOnOneKafkaDoNotMeet() {
    assertPassed(2, run(OnOneKafka.class, OnTheSameKafka.class));

    assertThat(KAFKAS).hasSize(1).allSatisfy(RelevoExtensionTest::assertClosed);
    assertThat(PREFIXES).hasSize(2);
  }

  @RelevoTest(settings = "dispatcher.dedline=5s")
  static class WronglySet {
    @Test
    void neverRuns() {}
  }

  @Test
  void aHouseThatDoesNotStartFailsTheClassWithItsReason() {
    EngineExecutionResults results = run(WronglySet.class);

    results.testEvents().assertStatistics(stats -> stats.started(0));
    results
        .containerEvents()
        .assertThatEvents()
        .haveExactly(
            1, event(finishedWithFailure(message(text -> text.contains("dispatcher.dedline")))));
  }

  @Test
  void withoutJUnitThereIsNoHouse() {
    RelevoExtension relevo = RelevoExtension.create();

    assertThatThrownBy(() -> relevo.model("gpt"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("@RegisterExtension");
  }
}
