package dev.relevo.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.Sleeper;
import com.openai.models.chat.completions.ChatCompletion;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.gateway.Gateway;
import dev.relevo.gateway.GatewayFixture;
import dev.relevo.testkit.AskedJob;
import dev.relevo.testkit.Failure;
import dev.relevo.testkit.HouseOptions;
import dev.relevo.testkit.RelevoExtension;
import dev.relevo.testkit.RelevoHouse;
import dev.relevo.testkit.ScriptedModel;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Requests with an Idempotency-Key, at two gateways of one house. */
class IdempotencyTest {
  private static final String MODEL = "once-model";
  private static final String WHOLE =
      "{\"model\":\"once-model\",\"messages\":[{\"role\":\"user\",\"content\":\"Why?\"}]}";
  private static final String STREAM = WHOLE.replace("{\"model\"", "{\"stream\":true,\"model\"");

  @RegisterExtension static final RelevoExtension relevo = ChatHouse.create(MODEL);

  private static Gateway one;
  private static Gateway two;

  @BeforeAll
  static void start() throws Exception {
    one = GatewayFixture.start(relevo.house());
    two = GatewayFixture.start(relevo.house());
  }

  @AfterAll
  static void stop() {
    one.close();
    two.close();
  }

  private static ScriptedModel model() {
    return relevo.model(MODEL);
  }

  private static String header(String key) {
    return "Idempotency-Key: " + key + "\r\n";
  }

  private static HttpResponse<String> ask(Gateway gateway, String key, String body)
      throws Exception {
    return GatewayFixture.ask(
        GatewayFixture.request(gateway, "/v1/chat/completions")
            .header("Idempotency-Key", key)
            .POST(BodyPublishers.ofString(body)));
  }

  private static CompletableFuture<HttpResponse<String>> asking(
      Gateway gateway, String key, String body) {
    CompletableFuture<HttpResponse<String>> answer = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            answer.complete(ask(gateway, key, body));
          } catch (Exception e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  private static void assertStream(String body) {
    assertThat(body)
        .contains("\"content\":\"Only \"")
        .contains("\"content\":\"once.\"")
        .endsWith("data: [DONE]\n\n");
  }

  @Test
  void aRetryReadsAlongAtEitherGatewayWholeOrAsAStream() throws Exception {
    model().answers("Only once.").holdsAtChunk(1);
    try (RawCall first = new RawCall(one.port(), header("k-1"), STREAM)) {
      first.head();
      model().awaitHeld();

      // Three more: at the same gateway and another, whole and as a stream; none is a job.
      try (RawCall same = new RawCall(one.port(), header("k-1"), STREAM);
          RawCall other = new RawCall(two.port(), header("k-1"), STREAM)) {
        same.head();
        other.head();
        CompletableFuture<HttpResponse<String>> whole = asking(two, "k-1", WHOLE);
        model().release();

        assertStream(first.rest());
        assertStream(same.rest());
        assertStream(other.rest());
        HttpResponse<String> answer = whole.get(20, TimeUnit.SECONDS);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("\"content\":\"Only once.\"");
      }
    }
    assertThat(model().calls()).hasSize(1);
  }

  @Test
  void aCallerWhoGoesComesBackToTheSameJob() throws Exception {
    model().answers("Only once.").holdsAtChunk(1);
    try (RawCall first = new RawCall(one.port(), header("k-2"), STREAM)) {
      first.head();
      model().awaitHeld();
    }

    try (RawCall again = new RawCall(two.port(), header("k-2"), STREAM)) {
      again.head();
      model().release();
      assertStream(again.rest());
    }
    assertThat(model().calls()).hasSize(1);
    assertThat(ask(one, "k-2", WHOLE).body()).contains("\"content\":\"Only once.\"");
    assertThat(model().calls()).hasSize(1);
  }

  @Test
  void theSdksOwnRetryComesBackToTheSameJob() {
    model().answers("Only once.").holdsAtChunk(1);
    BetweenTries between = new BetweenTries();
    OpenAIClient hasty =
        OpenAIOkHttpClient.builder()
            .baseUrl("http://127.0.0.1:" + one.port() + "/v1")
            .apiKey("none-is-needed")
            .timeout(Duration.ofSeconds(1))
            // So many for a machine that stands still: one is enough.
            .maxRetries(20)
            .sleeper(between)
            .build();

    ChatCompletion answer =
        hasty
            .chat()
            .completions()
            .create(ChatHouse.ask(MODEL).putAdditionalHeader("Idempotency-Key", "k-10").build());
    hasty.close();

    assertThat(answer.choices().getFirst().message().content()).hasValue("Only once.");
    assertThat(between.pauses).as("it went before it was answered").hasPositiveValue();
    assertThat(model().calls()).hasSize(1);
    assertThat(model().requests()).hasSize(1);
    assertThat(answer.id()).isEqualTo("chatcmpl-" + model().awaitRequest().id());
  }

  /** Lets the model go on once a try for which it runs was given up, and does not wait. */
  private static final class BetweenTries implements Sleeper {
    private final AtomicInteger pauses = new AtomicInteger();

    @Override
    public void sleep(Duration pause) {
      pauses.incrementAndGet();
      if (!model().calls().isEmpty()) {
        model().release();
      }
    }

    @Override
    public CompletableFuture<Void> sleepAsync(Duration pause) {
      throw new UnsupportedOperationException("only who waits for its answers asks here");
    }

    @Override
    public void close() {}
  }

  @Test
  void aRetryReadsAlongWhileTheJobWaitsForANode() throws Exception {
    try (RelevoHouse empty =
            RelevoHouse.start(
                HouseOptions.defaults().withNodes(0).onKafka(relevo.bootstrapServers()));
        Gateway lonely = GatewayFixture.start(empty);
        RawCall first = new RawCall(lonely.port(), header("k-6"), STREAM)) {
      first.head();
      String job = String.valueOf(empty.model(MODEL).awaitRequest().id());

      try (RawCall again = new RawCall(lonely.port(), header("k-6"), STREAM)) {
        assertThat(again.head()).contains("x-relevo-job-id: " + job + "\n");
        empty.client().cancel(job, "enough").get(20, TimeUnit.SECONDS);

        assertThat(first.rest()).contains("\"code\":\"cancelled\"");
        assertThat(again.rest()).contains("\"code\":\"cancelled\"");
      }
      assertThat(empty.requests()).hasSize(1);
    }
  }

  @Test
  void aKeyStandsForOneRequest() throws Exception {
    model().answers("Yes.");
    ask(one, "k-3", WHOLE);

    for (Gateway gateway : new Gateway[] {one, two}) {
      HttpResponse<String> other = ask(gateway, "k-3", WHOLE.replace("Why", "Who"));
      assertThat(other.statusCode()).isEqualTo(409);
      assertThat(other.headers().firstValue("x-should-retry")).hasValue("false");
      assertThat(other.body()).contains("idempotency_key_reused");
    }
    assertThat(model().calls()).hasSize(1);
  }

  @Test
  void whatMayHealIsTriedAnew() throws Exception {
    model().fails(Failure.callersFault("wrong")).then().answers("Never asked.");
    assertThat(ask(one, "k-4", WHOLE).statusCode()).isEqualTo(400);
    assertThat(ask(one, "k-4", WHOLE).statusCode()).as("refused for good").isEqualTo(400);
    assertThat(model().calls()).hasSize(1);

    model().fails(Failure.retryable("on fire"));
    HttpResponse<String> failed = ask(one, "k-5", WHOLE);
    assertThat(failed.statusCode()).isEqualTo(502);
    String job = failed.headers().firstValue("x-relevo-job-id").orElseThrow();
    model().answers("Well again.");

    HttpResponse<String> healed = ask(one, "k-5", WHOLE);
    assertThat(healed.body()).contains("Well again.");
    assertThat(healed.headers().firstValue("x-relevo-job-id")).hasValue(job + "-2");
  }

  @Test
  void whatItsBackendBrokeOffIsTriedAnew() throws Exception {
    model().answers("Half of").finishing(FinishReason.ERROR);
    HttpResponse<String> broken = ask(one, "k-7", STREAM);
    assertThat(broken.body()).contains("\"code\":\"bad_gateway\"").doesNotContain("[DONE]");
    String job = broken.headers().firstValue("x-relevo-job-id").orElseThrow();
    assertThat(ask(one, "k-8", WHOLE).statusCode()).isEqualTo(502);
    model().answers("Well again.");

    HttpResponse<String> healed = ask(one, "k-7", WHOLE);
    assertThat(healed.body()).contains("Well again.");
    assertThat(healed.headers().firstValue("x-relevo-job-id")).hasValue(job + "-2");

    // Elsewhere it is known as soon as a dispatcher has written down that the job has ended.
    HttpResponse<String> elsewhere = ask(two, "k-8", WHOLE);
    long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (elsewhere.statusCode() == 502) {
      assertThat(System.nanoTime()).as(elsewhere.body()).isLessThan(endNanos);
      elsewhere = ask(two, "k-8", WHOLE);
    }
    assertThat(elsewhere.body()).contains("Well again.");
    assertThat(model().calls()).hasSize(4);
  }

  @Test
  void twoGatewaysThatAreAskedAtOnceMakeOneJob() throws Exception {
    // Without a node no dispatcher writes the job down: neither gateway can know of the other.
    try (RelevoHouse house =
            RelevoHouse.start(
                HouseOptions.defaults().withNodes(0).onKafka(relevo.bootstrapServers()));
        Gateway left = GatewayFixture.start(house);
        Gateway right = GatewayFixture.start(house)) {
      house.model(MODEL).answers("Only once.");
      CompletableFuture<HttpResponse<String>> whole = asking(left, "k-9", WHOLE);
      CompletableFuture<HttpResponse<String>> stream = asking(right, "k-9", STREAM);
      assertThat(house.model(MODEL).awaitRequests(2))
          .extracting(AskedJob::id)
          .as("both were submitted, under one name")
          .containsOnly(house.requests().getFirst().id());
      house.startNode("node-1");

      assertThat(whole.get(20, TimeUnit.SECONDS).body()).contains("\"content\":\"Only once.\"");
      assertStream(stream.get(20, TimeUnit.SECONDS).body());
      assertThat(house.model(MODEL).calls()).hasSize(1);
    }
  }
}
