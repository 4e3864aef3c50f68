package dev.relevo.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.openai.client.OpenAIClient;
import com.openai.errors.OpenAIIoException;
import dev.relevo.client.JobClient;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.gateway.Gateway;
import dev.relevo.gateway.GatewayFixture;
import dev.relevo.gateway.http.HttpDoor;
import dev.relevo.testkit.AskedJob;
import dev.relevo.testkit.Failure;
import dev.relevo.testkit.HouseOptions;
import dev.relevo.testkit.ModelCall;
import dev.relevo.testkit.RelevoExtension;
import dev.relevo.testkit.RelevoHouse;
import dev.relevo.testkit.ScriptedModel;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What goes over the line, byte by byte, and what becomes of a job whose line is cut. */
class ChatHttpTest {
  private static final String MODEL = "raw-model";
  private static final String STREAM =
      "{\"model\":\"raw-model\",\"stream\":true,\"stream_options\":{\"include_usage\":true},"
          + "\"messages\":[{\"role\":\"user\",\"content\":\"Why?\"}]}";
  private static final String WHOLE =
      "{\"model\":\"raw-model\",\"messages\":[{\"role\":\"user\",\"content\":\"Why?\"}]}";

  @RegisterExtension static final RelevoExtension relevo = ChatHouse.create(MODEL);

  private static Gateway gateway;

  @BeforeAll
  static void start() throws Exception {
    gateway = GatewayFixture.start(relevo.house());
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static ScriptedModel model() {
    return relevo.model(MODEL);
  }

  private static RawCall call(String headers, String body) throws Exception {
    return new RawCall(gateway.port(), headers, body);
  }

  /** Waits until a job has ended, and tells how its call did. */
  private static String outcome(int number) {
    // In the order of their ids, which are made in turn: they may stand in different homes.
    AskedJob job =
        model().awaitRequests(number + 1).stream()
            .sorted(Comparator.comparing(asked -> String.valueOf(asked.id())))
            .toList()
            .get(number);
    ReplyPlace place = Optional.ofNullable(job.headers().replyPlace()).orElseThrow();
    var _ =
        relevo
            .client()
            .follow(String.valueOf(job.id()), place)
            .result()
            .handle((result, failure) -> "ended")
            .orTimeout(20, TimeUnit.SECONDS)
            .join();
    return model().calls().get(number).outcome();
  }

  private static AskedJob job() {
    return model().awaitRequest();
  }

  @Test
  void aStreamIsTheseBytes() throws Exception {
    model().inPieces("Because ", "…").counting(9, 2);

    try (RawCall call = call("", STREAM)) {
      String head = call.head();
      String body = call.rest();

      AskedJob job = job();
      String created = body.replaceAll("(?s).*?\"created\":(\\d+).*", "$1");
      String chunk =
          "data: {\"id\":\"chatcmpl-%s\",\"object\":\"chat.completion.chunk\",\"created\":%s,"
                  .formatted(job.id(), created)
              + "\"model\":\"raw-model\",\"choices\":[%s]%s}\n\n";
      String choice = "{\"index\":0,\"delta\":%s,\"logprobs\":null,\"finish_reason\":%s}";
      assertThat(body)
          .isEqualTo(
              ": job %s\n\n".formatted(job.id())
                  + chunk.formatted(
                      choice.formatted("{\"role\":\"assistant\",\"content\":\"\"}", "null"), "")
                  + chunk.formatted(choice.formatted("{\"content\":\"Because \"}", "null"), "")
                  + chunk.formatted(choice.formatted("{\"content\":\"…\"}", "null"), "")
                  + chunk.formatted(choice.formatted("{}", "\"stop\""), "")
                  + chunk.formatted(
                      "",
                      ",\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11}")
                  + "data: [DONE]\n\n");
      assertThat(head)
          .startsWith("http/1.1 200 ")
          .contains("content-type: text/event-stream; charset=utf-8\n")
          .contains("cache-control: no-cache\n")
          .contains("x-accel-buffering: no\n")
          .contains("x-relevo-job-id: " + job.id() + "\n")
          .containsPattern("x-request-id: req_\\w+\n")
          .containsPattern("openai-processing-ms: \\d+\n")
          .doesNotContain("content-length");
    }
  }

  @Test
  void headersDoNotWaitForTheModel() throws Exception {
    model().answers("Late.").holdsAtChunk(0);

    try (RawCall call = call("", STREAM)) {
      assertThat(call.head()).startsWith("http/1.1 200 ");
      assertThat(call.chunk()).startsWith(": job ");
      assertThat(model().awaitHeld().pieces()).isEmpty();
      model().release();
      assertThat(call.rest()).contains("\"content\":\"Late.\"").endsWith("data: [DONE]\n\n");
    }
  }

  @Test
  void anErrorEndsAStreamWithoutADone() throws Exception {
    model().answers("Half of").failsAtChunk(1, Failure.callersFault("no more"));

    try (RawCall call = call("", STREAM)) {
      call.head();
      String body = call.rest();

      assertThat(body)
          .contains("\"content\":\"Half \"")
          .endsWith(
              "data: {\"error\":{\"message\":\"no more\",\"type\":\"invalid_request_error\","
                  + "\"param\":null,\"code\":\"invalid_request\"}}\n\n")
          .doesNotContain("[DONE]")
          .doesNotContain("\"finish_reason\":\"");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {STREAM, WHOLE})
  void aCallerWhoGoesCancelsTheJobUnlessItIsToRunOn(String request) throws Exception {
    model().answers("All the same.").holdsAtChunk(1);
    RawCall kept = call("x-relevo-keep-running: true\r\n", request);
    model().awaitHeld();
    RawCall cancelled = call("", request);
    model().awaitCalls(2);

    kept.close();
    cancelled.close();

    assertThat(outcome(1)).isEqualTo("cancelled: the caller of the gateway has gone");
    assertThat(model().calls().getFirst().state()).isEqualTo(ModelCall.State.HELD);
    model().release();
    assertThat(outcome(0)).isEqualTo("finished (STOP)");
  }

  @Test
  void anSdkThatWaitsNoLongerCancelsTheJob() {
    model().isSilent();
    OpenAIClient hasty = ChatHouse.sdk(gateway.port(), 0, Duration.ofMillis(500));

    do {
      // On a slow machine it is gone before a node has its job.
      assertThatThrownBy(() -> hasty.chat().completions().create(ChatHouse.ask(MODEL).build()))
          .isInstanceOf(OpenAIIoException.class);
    } while (model().calls().isEmpty());

    assertThat(firstEnd()).isEqualTo("cancelled: the caller of the gateway has gone");
    hasty.close();
  }

  /** Waits for the end of the first call, and tells how it was. */
  private static String firstEnd() {
    long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    ModelCall first = model().calls().getFirst();
    while (first.state() != ModelCall.State.ENDED) {
      assertThat(System.nanoTime()).as(first.toString()).isLessThan(endNanos);
      first = model().calls().getFirst();
    }
    return first.outcome();
  }

  @Test
  void whoGoesAfterTheEndCancelsNothing() throws Exception {
    model().answers("Done.");

    try (RawCall call = call("", STREAM)) {
      call.head();
      String last = call.chunk();
      while (!last.contains("[DONE]")) {
        last = call.chunk();
      }
    }

    assertThat(outcome(0)).isEqualTo("finished (STOP)");
  }

  @Test
  void commentsKeepASilentLineOpen() throws Exception {
    model().answers("At last.").holdsAtChunk(0);
    try (JobClient client = relevo.clientOptions().connect();
        HttpDoor door =
            ChatHouse.door(client, new ChatHouse.NothingKnown(), Duration.ofMillis(20));
        RawCall call = new RawCall(door.port(), "", STREAM)) {
      call.head();
      assertThat(call.chunk()).startsWith(": job ");
      assertThat(call.chunk()).isEqualTo(": keep-alive\n\n");
      assertThat(call.chunk()).isEqualTo(": keep-alive\n\n");
      model().release();
      assertThat(call.rest()).endsWith("data: [DONE]\n\n");
    }
  }

  @Test
  void aWholeAnswerTellsOfItsJob() throws Exception {
    model().answers("Yes.").thinking("Well, ");

    HttpResponse<String> answer = GatewayFixture.post(gateway, "/v1/chat/completions", WHOLE);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
    assertThat(answer.headers().firstValue("x-relevo-job-id")).hasValue(job().id());
    assertThat(answer.headers().firstValue("x-relevo-node"))
        .hasValue(model().calls().getFirst().node());
    assertThat(answer.headers().firstValue("x-relevo-backend")).isPresent();
    assertThat(answer.headers().firstValue("x-relevo-attempts")).hasValue("1");
    assertThat(answer.headers().firstValue("openai-processing-ms")).isPresent();
    assertThat(answer.body())
        .contains(
            "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Yes.\","
                + "\"refusal\":null,\"reasoning_content\":\"Well, \"},\"logprobs\":null,"
                + "\"finish_reason\":\"stop\"}]");
  }

  @Test
  void severalAnswersComeWholeAndAsAStream() throws Exception {
    model().answers("The first").andAnswers("The other").counting(9, 4);
    String two = WHOLE.replace("{\"model\"", "{\"n\":2,\"model\"");

    JsonNode whole =
        JsonMapper.shared()
            .readTree(GatewayFixture.post(gateway, "/v1/chat/completions", two).body());
    assertThat(whole.path("choices").valueStream())
        .extracting(
            choice -> choice.path("index").asInt(),
            choice -> choice.path("message").path("content").asString(),
            choice -> choice.path("finish_reason").asString())
        .containsExactly(tuple(0, "The first", "stop"), tuple(1, "The other", "stop"));
    assertThat(job().body().path("n").asInt()).isEqualTo(2);

    try (RawCall call = call("", two.replace("{\"n\"", "{\"stream\":true,\"n\""))) {
      call.head();
      List<JsonNode> choices = choices(call.rest());
      for (int index = 0; index < 2; index++) {
        int mine = index;
        List<JsonNode> those =
            choices.stream().filter(it -> it.path("index").asInt(-1) == mine).toList();
        assertThat(those.getFirst().path("delta").path("role").asString()).isEqualTo("assistant");
        assertThat(those)
            .extracting(choice -> choice.path("delta").path("content").asString(""))
            .containsExactly("", "The ", index == 0 ? "first" : "other", "");
        assertThat(those)
            .extracting(choice -> choice.path("finish_reason").asString(""))
            .containsExactly("", "", "", "stop");
      }
    }
  }

  /** All choices of a stream that ended well. */
  private static List<JsonNode> choices(String stream) {
    assertThat(stream).endsWith("data: [DONE]\n\n");
    return stream
        .lines()
        .filter(line -> line.startsWith("data: {"))
        .map(line -> JsonMapper.shared().readTree(line.substring("data: ".length())))
        .flatMap(chunk -> chunk.path("choices").valueStream())
        .toList();
  }

  @Test
  void whoIsNotServedInTimeIsToldToComeBack() throws Exception {
    try (RelevoHouse empty =
            RelevoHouse.start(
                HouseOptions.defaults().withNodes(0).onKafka(relevo.bootstrapServers()));
        Gateway lonely = GatewayFixture.start(empty)) {
      HttpResponse<String> answer =
          GatewayFixture.ask(
              GatewayFixture.request(lonely, "/v1/chat/completions")
                  .header("x-relevo-max-wait", "50")
                  .POST(BodyPublishers.ofString(WHOLE)));

      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.headers().firstValue("retry-after")).hasValue("2");
      assertThat(answer.body()).contains("\"code\":\"server_is_overloaded\"");
    }
  }

  @Test
  void whoFindsAllPlacesTakenIsToldToComeBack() throws Exception {
    try (RelevoHouse full =
            RelevoHouse.start(
                GatewayFixture.house()
                    .withNodes(1)
                    .withSetting("node.capacity", "1")
                    .onKafka(relevo.bootstrapServers()));
        Gateway busy = GatewayFixture.start(full)) {
      full.model(MODEL).answers("Mine alone.").holdsAtChunk(1);
      try (RawCall running = new RawCall(busy.port(), "", STREAM)) {
        full.model(MODEL).awaitHeld();

        String wait = "x-relevo-max-wait: 300\r\n";
        try (RawCall whole = new RawCall(busy.port(), wait, WHOLE);
            RawCall stream = new RawCall(busy.port(), wait, STREAM)) {
          assertThat(whole.head())
              .startsWith("http/1.1 503 ")
              .contains("retry-after: 2\n", "x-relevo-job-id: ");
          assertThat(stream.head()).startsWith("http/1.1 200 ");
          assertThat(stream.rest())
              .contains("\"code\":\"server_is_overloaded\"")
              .doesNotContain("[DONE]");
        }
        full.model(MODEL).release();
        running.head();
        assertThat(running.rest()).contains("alone.").endsWith("data: [DONE]\n\n");
      }
      assertThat(full.model(MODEL).calls()).hasSize(1);
    }
  }
}
