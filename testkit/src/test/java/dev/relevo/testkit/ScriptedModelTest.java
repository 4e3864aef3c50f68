package dev.relevo.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.client.ChatMessage;
import dev.relevo.client.JobClient;
import dev.relevo.client.JobException;
import dev.relevo.client.JobHandle;
import dev.relevo.client.JobRequest;
import dev.relevo.client.JobResult;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.Usage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What scripts can say and what they tell afterwards, through a real house and a real client. */
@Timeout(60)
class ScriptedModelTest {
  @RegisterExtension static final RelevoExtension relevo = RelevoExtension.create();

  @BeforeAll
  static void scriptForAll() {
    relevo.model("for-all").answers("first").then().answers("second");
  }

  private static JobRequest.Builder to(String model, String question) {
    return JobRequest.messages(List.of(ChatMessage.user(question))).model(model);
  }

  private static JobResult ask(JobClient client, String model) {
    return client.complete(to(model, "Tell me").build());
  }

  private static String codeOf(JobHandle job) {
    try {
      job.result().get(30, TimeUnit.SECONDS);
      return "";
    } catch (Exception e) {
      return e.getCause() instanceof JobException failure ? failure.code() : e.toString();
    }
  }

  @Test
  void answersWordByWord(JobClient client) {
    relevo.model("gpt").answers("Hello, you two");

    List<String> pieces = client.submit(to("gpt", "one two three").build()).text().toList();

    assertThat(String.join("", pieces)).isEqualTo("Hello, you two");
    ModelCall call = relevo.model("gpt").calls().getFirst();
    assertThat(call.pieces()).extracting(Delta::content).containsExactly("Hello, ", "you ", "two");
    assertThat(call.question()).isEqualTo("one two three");
    assertThat(call.state()).isEqualTo(ModelCall.State.ENDED);
    assertThat(call.outcome()).contains("finished");
  }

  @Test
  void tellsUsageAndReason(JobClient client) {
    relevo.model("gpt").inPieces("Hel", "lo").finishing(FinishReason.LENGTH).counting(7, 9);
    relevo.model("other").answers("plain and simple");

    JobResult result = ask(client, "gpt");
    assertThat(result.text()).isEqualTo("Hello");
    assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(result.usage()).isEqualTo(new Usage(7, 9));
    assertThat(ask(client, "other").usage()).isEqualTo(new Usage(2, 3));
  }

  @Test
  void thinksAndCallsTools(JobClient client) {
    relevo
        .model("gpt")
        .answers("Let me see ")
        .thinking("Hm, hm ")
        .andCallsTool("weather", "{\"city\":\"Rome\"}")
        .andCallsTool("time", "{}");

    JobResult result = ask(client, "gpt");

    assertThat(result.text()).isEqualTo("Let me see ");
    assertThat(result.reasoning()).isEqualTo("Hm, hm ");
    assertThat(result.finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
    assertThat(result.answers().get(0).toolCalls())
        .extracting(Delta.ToolCall::index)
        .containsExactly(0, 0, 1, 1);
  }

  @Test
  void givesSeveralAnswers(JobClient client) {
    relevo.model("gpt").answers("The first").andAnswers("The other").andCallsTool("time", "{}");

    JobResult result = ask(client, "gpt");

    assertThat(result.text()).isEqualTo("The first");
    assertThat(result.answers()).containsOnlyKeys(0, 1);
    assertThat(result.answers().get(0).toolCalls()).isEmpty();
    assertThat(result.answers().get(1).content()).isEqualTo("The other");
    assertThat(result.answers().get(1).toolCalls())
        .extracting(Delta.ToolCall::index)
        .containsExactly(0, 0);
  }

  @Test
  void answersAsTheRequestDemands(JobClient client) {
    relevo.model("gpt").answers(call -> "You said " + call.question());

    assertThat(client.complete(to("gpt", "hi").build()).text()).isEqualTo("You said hi");
  }

  @Test
  void takesAStepPerCallAndThenTheLastOne(JobClient client) {
    relevo.model("gpt").answers("one").then().answers("two");

    assertThat(List.of(ask(client, "gpt"), ask(client, "gpt"), ask(client, "gpt")))
        .extracting(JobResult::text)
        .containsExactly("one", "two", "two");
  }

  @Test
  void beginsAnewForEachTestWhatWasScriptedForAll(JobClient client) {
    assertThat(ask(client, "for-all").text()).isEqualTo("first");
    relevo.model("for-all").answers("changed");
  }

  @Test
  void beginsAnewForTheNextTestAsWell(JobClient client) {
    assertThat(ask(client, "for-all").text()).isEqualTo("first");
    assertThat(ask(client, "for-all").text()).isEqualTo("second");
    assertThat(relevo.requests()).hasSize(2);
  }

  @Test
  void anotherNodeFinishesWhatBrokeOff(JobClient client) {
    relevo
        .model("gpt")
        .answers("one two three four")
        .failsAtChunk(2)
        .then()
        .answers("one two three four");

    JobResult result = ask(client, "gpt");

    assertThat(result.text()).isEqualTo("one two three four");
    assertThat(result.attempts()).isEqualTo(2);
    List<ModelCall> calls = relevo.model("gpt").calls();
    assertThat(calls).hasSize(2);
    assertThat(calls.get(1).node()).isNotEqualTo(calls.get(0).node());
    assertThat(calls.get(1).prefix()).isEqualTo("one two ");
    assertThat(calls.get(1).text()).isEqualTo("three four");
  }

  @Test
  void aFaultOfTheCallerIsNotTriedAgain(JobClient client) {
    relevo.model("gpt").fails(Failure.callersFault("temperature is 9"));

    assertThatThrownBy(() -> ask(client, "gpt"))
        .isInstanceOfSatisfying(
            JobException.class, e -> assertThat(e.code()).isEqualTo(FailureCodes.INVALID_REQUEST))
        .hasMessageContaining("temperature is 9");
    assertThat(relevo.model("gpt").calls()).hasSize(1);
  }

  @Test
  void whatFailsAlwaysFailsForGood(JobClient client) {
    relevo.model("gpt").answers("one two").failsAtChunk(1, Failure.cutStream());

    assertThat(codeOf(client.submit(to("gpt", "x").maxAttempts(2).build())))
        .isEqualTo(FailureCodes.ATTEMPTS_EXHAUSTED);
    assertThat(relevo.model("gpt").calls()).hasSize(2);
  }

  @Test
  void whatFailsOftenFailsCallByCallAndBarsNobody(JobClient client) {
    relevo.model("gpt").fails(Failure.retryable("broken"));
    relevo.model("other").answers("fine");

    for (int job = 0; job < 10; job++) {
      assertThat(codeOf(client.submit(to("gpt", "x").maxAttempts(2).build())))
          .isEqualTo(FailureCodes.ATTEMPTS_EXHAUSTED);
    }

    assertThat(relevo.model("gpt").calls()).hasSize(20);
    JobRequest request = to("other", "x").deadline(Duration.ofSeconds(10)).build();
    assertThat(client.complete(request).attempts()).isEqualTo(1);
  }

  @Test
  void aModelWithoutAScriptFailsAtOnceAndSaysWhatToDo(JobClient client) {
    relevo.model("gpt").answers("x");

    assertThatThrownBy(() -> ask(client, "gtp"))
        .isInstanceOfSatisfying(
            JobException.class, e -> assertThat(e.code()).isEqualTo("unscripted_model"))
        .hasMessageContaining("'gtp' is not scripted")
        .hasMessageContaining("'gpt'")
        .hasMessageContaining("model(\"gtp\").answers(");
  }

  @Test
  void anyModelAnswersForTheRest(JobClient client) {
    relevo.anyModel().answers("anything");
    relevo.model("gpt").answers("mine");

    assertThat(ask(client, "whatever").text()).isEqualTo("anything");
    assertThat(ask(client, "gpt").text()).isEqualTo("mine");
  }

  @Test
  void holdsUntilItIsReleased(JobClient client) throws Exception {
    relevo.model("gpt").answers("one two three").holdsAtChunk(2);
    JobHandle job = client.submit(to("gpt", "x").build());

    ModelCall held = relevo.model("gpt").awaitHeld();
    assertThat(held.text()).isEqualTo("one two ");
    assertThat(job.result()).isNotDone();
    relevo.model("gpt").release();

    assertThat(job.result().get(30, TimeUnit.SECONDS).text()).isEqualTo("one two three");
  }

  @Test
  void anotherNodeFinishesWhenOneDies(JobClient client) throws Exception {
    relevo.model("gpt").answers("one two three").holdsAtChunk(2);
    JobHandle job = client.submit(to("gpt", "x").build());
    ModelCall held = relevo.model("gpt").awaitHeld();

    relevo.killNode(held.node());
    relevo.model("gpt").release();

    assertThat(job.result().get(30, TimeUnit.SECONDS).text()).isEqualTo("one two three");
    assertThat(relevo.nodes()).hasSize(1).doesNotContain(held.node());
    assertThat(relevo.model("gpt").calls()).hasSize(2);
    relevo.startNode(held.node());
    assertThat(relevo.nodes()).hasSize(2);
  }

  @Test
  void aScriptCanKillTheNodeThatAsks(JobClient client) {
    relevo
        .model("gpt")
        .answers("one two three")
        .killsNodeAtChunk(2)
        .then()
        .answers("one two three");

    JobResult result = ask(client, "gpt");

    assertThat(result.text()).isEqualTo("one two three");
    assertThat(relevo.nodes()).hasSize(1);
  }

  @Test
  void nodesAreBackAfterATestThatKilledThem() {
    assertThat(relevo.nodes()).hasSize(2);
    relevo.killNode("node-1");
    assertThatThrownBy(() -> relevo.killNode("node-1"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("[node-2]");
  }

  @Test
  void pausesEndWithTheJob(JobClient client) {
    relevo
        .model("gpt")
        .answers("one two")
        .after(Duration.ofMinutes(5))
        .every(Duration.ofMinutes(5));
    JobHandle job = client.submit(to("gpt", "x").build());
    relevo.model("gpt").awaitCalls(1);

    job.cancel("enough").join();

    assertThat(codeOf(job)).isEqualTo(JobException.CANCELLED);
  }

  @Test
  void silenceLastsUntilTheDeadline(JobClient client) {
    relevo.model("gpt").answers("one two").silentAtChunk(1);

    assertThat(codeOf(client.submit(to("gpt", "x").deadline(Duration.ofSeconds(2)).build())))
        .isEqualTo(FailureCodes.DEADLINE_EXCEEDED);
  }

  @Test
  void silenceWithoutADeadlineEndsWithTheTest(JobClient client) {
    relevo.model("gpt").isSilent();
    client.submit(to("gpt", "x").build());

    assertThat(relevo.model("gpt").awaitCalls(1)).hasSize(1);
  }

  @Test
  void showsWhatWasAskedAsItStandsInKafka(JobClient client) {
    relevo.model("gpt").answers("x");

    client.complete(
        to("gpt", "hi").tenant("acme").priority(2).lane(Lane.BATCH).option("seed", 7).build());

    AskedJob asked = relevo.model("gpt").awaitRequest();
    assertThat(asked.lane()).isEqualTo(Lane.BATCH);
    assertThat(asked.headers().tenant()).isEqualTo("acme");
    assertThat(asked.headers().priority()).isEqualTo(2);
    assertThat(asked.body().path("seed").asInt()).isEqualTo(7);
    assertThat(asked.question()).isEqualTo("hi");
    assertThat(relevo.model("other").requests()).isEmpty();
  }

  @Test
  void plainKafkaClientsAreAskedAfterAsWell() throws Exception {
    relevo.model("gpt").answers("x");
    Map<String, Object> settings = Map.of("bootstrap.servers", relevo.bootstrapServers());
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      ProducerRecord<String, String> job =
          new ProducerRecord<>(
              relevo.topics().jobs(), "job-1", "{\"model\": \"gpt\", \"messages\": []}");
      job.headers().add("own", "header".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      producer.send(job).get(20, TimeUnit.SECONDS);
    }

    AskedJob asked = relevo.model("gpt").awaitRequest();
    assertThat(asked.id()).isEqualTo("job-1");
    assertThat(asked.header("own")).isEqualTo("header");
    assertThat(asked.header(HeaderNames.MODEL)).isNull();
    assertThat(relevo.model("gpt").awaitCalls(1).getFirst().prefix()).isNull();
  }

  @Test
  void refusesAnEventBeyondTheAnswer() {
    Script script = relevo.model("gpt").answers("one two");

    script.holdsAtChunk(2);
    assertThatThrownBy(() -> script.failsAtChunk(3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("failsAtChunk(3): the answer has 2 pieces");
    assertThatThrownBy(() -> relevo.model("gpt").inPieces("a", ""))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
