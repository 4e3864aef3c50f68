package dev.relevo.gateway.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.client.ChatMessage;
import dev.relevo.client.JobRequest;
import dev.relevo.client.PostedJob;
import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.gateway.Gateway;
import dev.relevo.gateway.GatewayFixture;
import dev.relevo.gateway.SseReader;
import dev.relevo.gateway.http.DoorOptions;
import dev.relevo.gateway.http.Gatekeeper;
import dev.relevo.gateway.http.HttpDoor;
import dev.relevo.gateway.http.Principal;
import dev.relevo.gateway.http.Right;
import dev.relevo.operator.LiveJobs;
import dev.relevo.testkit.Failure;
import dev.relevo.testkit.RelevoExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The jobs API through real HTTP, with two gateways of one house. */
@Timeout(60)
class JobRoutesTest {
  @RegisterExtension static final RelevoExtension relevo = RelevoExtension.create();

  private static final String STORY = "Once upon a time there was a fox";

  private static Gateway gateway;

  @BeforeAll
  static void start() throws IOException {
    gateway = GatewayFixture.start(relevo.house());
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static JobRequest.Builder request() {
    return JobRequest.messages(List.of(ChatMessage.user("Tell me a story"))).model("teller");
  }

  private static PostedJob post(JobRequest.Builder request) throws Exception {
    return relevo.client().post(request.build()).get(20, TimeUnit.SECONDS);
  }

  private static JsonNode json(HttpResponse<String> response) {
    return JsonMapper.shared().readTree(response.body());
  }

  private static JsonNode job(String id, String query) throws Exception {
    HttpResponse<String> response = GatewayFixture.get(gateway, "/v1/jobs/" + id + query);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return json(response);
  }

  private static SseReader stream(Gateway from, String id, String lastEventId) throws Exception {
    HttpRequest.Builder request = GatewayFixture.request(from, "/v1/jobs/" + id + "/stream");
    return new SseReader(
        lastEventId.isEmpty() ? request : request.header("Last-Event-ID", lastEventId));
  }

  private static String text(List<SseReader.Event> events) {
    return events.stream().map(SseReader.Event::text).collect(Collectors.joining());
  }

  private static SseReader.Event next(SseReader reader) {
    return Objects.requireNonNull(reader.next(), "the stream ended");
  }

  @Test
  void aStreamGoesOnAtAnotherGatewayWhileNodesDie() throws Exception {
    relevo.model("teller").answers(STORY).holdsAtChunk(3).then().answers(STORY);
    StringBuilder read = new StringBuilder();
    SseReader.Event last;
    Gateway dying = GatewayFixture.start(relevo.house());
    PostedJob posted = post(request());
    try (SseReader reader = stream(dying, posted.id(), "")) {
      assertThat(reader.header("Content-Type")).startsWith("text/event-stream");
      last = next(reader);
      read.append(last.text());
      while (!read.toString().equals("Once upon a ")) {
        last = next(reader);
        read.append(last.text());
      }
      dying.close();
      assertThat(reader.next()).isNull();
    }
    relevo.killNode(relevo.model("teller").awaitHeld().node());
    relevo.model("teller").release();

    try (SseReader reader = stream(gateway, posted.id(), last.id())) {
      List<SseReader.Event> rest = reader.rest();
      assertThat(read + text(rest)).isEqualTo(STORY);
      assertThat(rest.getLast().name()).isEqualTo("done");
      assertThat(rest.getLast().json().path("attempts").asInt()).isEqualTo(2);
    }
  }

  @Test
  void aStreamGoesOnAfterEachOfItsEvents() throws Exception {
    relevo.model("teller").answers(STORY);
    PostedJob posted = post(request());
    List<SseReader.Event> all;
    try (SseReader reader = stream(gateway, posted.id(), "")) {
      all = reader.rest();
    }
    assertThat(text(all)).isEqualTo(STORY);
    assertThat(job(posted.id(), "?wait=10s").path("state").asString()).isEqualTo("succeeded");

    for (int seen = 0; seen < all.size() - 1; seen++) {
      try (SseReader reader = stream(gateway, posted.id(), all.get(seen).id())) {
        assertThat(reader.rest()).isEqualTo(all.subList(seen + 1, all.size()));
      }
    }
    try (SseReader reader = stream(gateway, posted.id(), all.getLast().id())) {
      assertThat(reader.status()).isEqualTo(204);
    }
    HttpResponse<String> byQuery =
        GatewayFixture.get(
            gateway, "/v1/jobs/" + posted.id() + "/stream?last_event_id=" + all.getLast().id());
    assertThat(byQuery.statusCode()).isEqualTo(204);
  }

  @Test
  void refusesPositionsThatAreNone() throws Exception {
    relevo.model("teller").answers(STORY);
    PostedJob posted = post(request());
    job(posted.id(), "?wait=20s");

    for (String wrong : List.of("abc", "-5", "99999999", "1.5")) {
      try (SseReader reader = stream(gateway, posted.id(), wrong)) {
        assertThat(reader.status()).as(wrong).isEqualTo(400);
        assertThat(reader.header("Content-Type")).isEqualTo("application/problem+json");
      }
    }
  }

  @Test
  void aStreamTellsThatTheAnswerBeganAnew() throws Exception {
    relevo
        .model("teller")
        .answers("one two three")
        .failsAtChunk(2, Failure.cutStream())
        .then()
        .answers("something else");
    PostedJob posted =
        post(
            JobRequest.body(
                    "{\"model\":\"teller\",\"n\":2,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}")
                .model("teller")
                .failover(Failover.RESTART));

    try (SseReader reader = stream(gateway, posted.id(), "")) {
      List<SseReader.Event> all = reader.rest();
      List<String> names = all.stream().map(SseReader.Event::name).distinct().toList();
      assertThat(names).containsSubsequence("restart", "done");
      int restart =
          all.indexOf(
              all.stream().filter(it -> it.name().equals("restart")).findFirst().orElseThrow());
      assertThat(text(all.subList(restart + 1, all.size()))).isEqualTo("something else");
      try (SseReader after = stream(gateway, posted.id(), all.get(restart + 1).id())) {
        assertThat(after.rest()).isEqualTo(all.subList(restart + 2, all.size()));
      }
    }
  }

  @Test
  void showsAJobFromSubmitToResult() throws Exception {
    relevo.model("teller").answers(STORY).thinking("hm").counting(7, 8).holdsAtChunk(2);
    PostedJob posted = post(request().tenant("shop"));
    assertThat(job(posted.id(), "").path("state").asString()).isIn("queued", "assigned", "running");
    String node = relevo.model("teller").awaitHeld().node();
    JsonNode waited = untilStarted(posted.id());
    assertThat(waited.path("state").asString()).isIn("assigned", "running");
    assertThat(waited.has("result")).isFalse();
    relevo.model("teller").release();

    JsonNode done = job(posted.id(), "?wait=20s");
    assertThat(done.path("state").asString()).isEqualTo("succeeded");
    assertThat(done.path("tenant").asString()).isEqualTo("shop");
    assertThat(done.path("model").asString()).isEqualTo("teller");
    JsonNode result = done.path("result");
    assertThat(result.path("text").asString()).isEqualTo(STORY);
    assertThat(result.path("reasoning").asString()).isEqualTo("hm");
    assertThat(result.path("finish_reason").asString()).isEqualTo("stop");
    assertThat(result.path("usage").path("prompt_tokens").asInt()).isEqualTo(7);
    assertThat(result.path("attempts").asInt()).isEqualTo(1);
    assertThat(done.path("timings").path("submitted_at_ms").asLong()).isPositive();
    assertThat(done.path("timings").path("first_token_ms").asLong())
        .isGreaterThanOrEqualTo(done.path("timings").path("queue_ms").asLong());
    assertThat(done.path("attempts").get(0).path("node").asString()).isEqualTo(node);
    assertThat(done.path("reply").path("topic").asString()).isEqualTo(posted.place().topic());
    assertThat(done.path("links").path("stream").asString())
        .isEqualTo("/v1/jobs/" + posted.id() + "/stream");
  }

  /** State tells a moment after a node has begun. */
  private static JsonNode untilStarted(String id) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    JsonNode job = job(id, "?wait=10ms");
    while (job.path("state").asString().equals("queued")) {
      assertThat(System.nanoTime()).as("%s", job).isLessThan(end);
      job = job(id, "?wait=10ms");
    }
    return job;
  }

  @Test
  void showsToolCallsWhole() throws Exception {
    relevo.model("teller").callsTool("weather", "{\"city\":\"Turin\"}");
    PostedJob posted = post(request());

    JsonNode call = job(posted.id(), "?wait=20s").path("result").path("tool_calls").get(0);
    assertThat(call.path("function").path("name").asString()).isEqualTo("weather");
    assertThat(call.path("function").path("arguments").asString())
        .isEqualTo("{\"city\":\"Turin\"}");
  }

  @Test
  void showsWhyAJobFailedAndWhereItsLetterLies() throws Exception {
    relevo.model("teller").fails(Failure.callersFault("no such thing"));
    PostedJob posted = post(request());

    JsonNode failed = job(posted.id(), "?wait=20s");
    assertThat(failed.path("state").asString()).isEqualTo("dead");
    assertThat(failed.path("error").path("message").asString()).contains("no such thing");
    assertThat(failed.has("result")).isFalse();
    JsonNode known = untilKnown(posted.id(), "dead_letter");
    assertThat(known.path("dead_letter").path("topic").asString())
        .isEqualTo(relevo.topics().dead());
    assertThat(known.path("attempts").get(0).path("code").asString()).isNotEmpty();
    try (SseReader reader = stream(gateway, posted.id(), "")) {
      assertThat(reader.rest().getLast().name()).isEqualTo("failed");
    }
  }

  /** State tells a moment after the answer. */
  private static JsonNode untilKnown(String id, String field) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    JsonNode job = job(id, "");
    while (!job.has(field) || job.path("attempts").isEmpty()) {
      assertThat(System.nanoTime()).as("%s of %s", field, job).isLessThan(end);
      job = job(id, "?wait=100ms");
    }
    return job;
  }

  @Test
  void stopsAJobOnce() throws Exception {
    relevo.model("teller").answers(STORY).silentAtChunk(2);
    PostedJob posted = post(request());
    try (SseReader reader = stream(gateway, posted.id(), "")) {
      next(reader);
      assertThat(delete(posted.id()).statusCode()).isEqualTo(202);
      assertThat(delete(posted.id()).statusCode()).isEqualTo(202);
      assertThat(reader.rest().getLast().name()).isEqualTo("cancelled");
    }
    assertThat(job(posted.id(), "?wait=20s").path("state").asString()).isEqualTo("cancelled");
    assertThat(delete(posted.id()).statusCode()).isEqualTo(202);

    relevo.model("teller").answers(STORY);
    PostedJob other = post(request());
    assertThat(job(other.id(), "?wait=20s").path("state").asString()).isEqualTo("succeeded");
    // State tells a moment after the answer; a cancel of what has ended changes nothing.
    HttpResponse<String> late = delete(other.id());
    while (late.statusCode() == 202) {
      late = delete(other.id());
    }
    assertThat(late.statusCode()).isEqualTo(409);
    assertThat(json(late).path("code").asString()).isEqualTo("job_ended");
  }

  private static HttpResponse<String> delete(String id) throws Exception {
    return GatewayFixture.ask(GatewayFixture.request(gateway, "/v1/jobs/" + id).DELETE());
  }

  @Test
  void waitsForTheEndOfAJobThatAskedForNoAnswer() throws Exception {
    relevo.model("teller").answers(STORY).holdsAtChunk(2);
    String id = "asks-for-no-answer";
    byte[] body =
        "{\"model\":\"teller\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
            .getBytes(StandardCharsets.UTF_8);
    try (Producer<String, byte[]> producer =
        new KafkaClients(KafkaAccess.to(relevo.bootstrapServers()))
            .producer(ProducerProfile.JOBS, "test")) {
      producer
          .send(new ProducerRecord<>(relevo.topics().lane(Lane.JOBS), id, body))
          .get(20, TimeUnit.SECONDS);
    }
    relevo.model("teller").awaitHeld();
    untilStarted(id);
    long beganNanos = System.nanoTime();
    assertThat(job(id, "?wait=500ms").path("state").asString()).isIn("assigned", "running");
    assertThat(System.nanoTime() - beganNanos).isGreaterThan(Duration.ofMillis(500).toNanos());
    relevo.model("teller").release();

    JsonNode ended = job(id, "?wait=20s");
    assertThat(ended.path("state").asString()).isEqualTo("succeeded");
    assertThat(ended.path("result_missing").asString()).contains("asked for no answer");
  }

  @Test
  void whoGoesAwayStopsNothingButHisReading() throws Exception {
    relevo.model("teller").answers(STORY).holdsAtChunk(2);
    PostedJob posted = post(request());
    try (SseReader leaving = stream(gateway, posted.id(), "")) {
      next(leaving);
    }
    relevo.model("teller").awaitHeld();
    relevo.model("teller").release();

    assertThat(job(posted.id(), "?wait=20s").path("result").path("text").asString())
        .isEqualTo(STORY);
  }

  @Test
  void keepsASilentLineOpen() throws Exception {
    relevo.model("teller").answers(STORY).silentAtChunk(2);
    PostedJob posted = post(request());
    try (LiveJobs live =
            LiveJobs.open(
                new KafkaClients(KafkaAccess.to(relevo.bootstrapServers())),
                relevo.topics(),
                Set::of,
                Supervisor.uncounted("The test"));
        HttpDoor door =
            HttpDoor.open(
                DoorOptions.of(GatewayFixture.onAnyPort(Settings.defaults().gateway())),
                List.of(),
                (exchange, route) ->
                    new Gatekeeper.Admission(
                        new Principal("any", "default", false, Set.of(Right.OPERATE)), () -> {}))) {
      door.serve(
          new JobRoutes(relevo.client(), live, relevo.topics(), Duration.ofMillis(20)).routes());
      URI address =
          URI.create("http://127.0.0.1:" + door.port() + "/v1/jobs/" + posted.id() + "/stream");
      try (SseReader reader = new SseReader(HttpRequest.newBuilder(address))) {
        next(reader);
        assertThat(reader.comment()).isEqualTo(": keep-alive");
        assertThat(reader.comment()).isEqualTo(": keep-alive");
        assertThat(delete(posted.id()).statusCode()).isEqualTo(202);
        assertThat(reader.rest().getLast().name()).isEqualTo("cancelled");
      }
    }
  }

  @Test
  void saysWhatIsNotThere() throws Exception {
    for (String path : List.of("", "/stream")) {
      HttpResponse<String> none = GatewayFixture.get(gateway, "/v1/jobs/no-such-job" + path);
      assertThat(none.statusCode()).isEqualTo(404);
      assertThat(json(none).path("code").asString()).isEqualTo("job_not_found");
    }
    assertThat(delete("no-such-job").statusCode()).isEqualTo(404);
    assertThat(GatewayFixture.get(gateway, "/v1/jobs/x?wait=soon").statusCode()).isEqualTo(400);
  }

  @Test
  void anAnswerThatIsGoneIsToldAsGone() throws Exception {
    relevo.model("teller").answers(STORY);
    // This one's topic is deleted once its answer is read.
    String id;
    try (var client = relevo.clientOptions().connect()) {
      var handle = client.submit(request().build());
      handle.result().get(20, TimeUnit.SECONDS);
      id = handle.id();
    }
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    HttpResponse<String> gone = GatewayFixture.get(gateway, "/v1/jobs/" + id + "/stream");
    while (gone.statusCode() != 410) {
      assertThat(System.nanoTime()).as(gone.body()).isLessThan(end);
      gone = GatewayFixture.get(gateway, "/v1/jobs/" + id + "/stream");
    }
    JsonNode job = job(id, "");
    assertThat(job.path("state").asString()).isEqualTo("succeeded");
    assertThat(job.path("result_missing").asString()).contains("no reply place");
  }
}
