package dev.relevo.gateway.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Lane;
import dev.relevo.gateway.Gateway;
import dev.relevo.gateway.GatewayFixture;
import dev.relevo.testkit.AskedJob;
import dev.relevo.testkit.Failure;
import dev.relevo.testkit.RelevoExtension;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code POST /v1/jobs}, and whose jobs are whose. */
@Timeout(60)
class JobSubmissionTest {
  @RegisterExtension
  static final RelevoExtension relevo = RelevoExtension.create(GatewayFixture.house()).shared();

  private static final String MODEL = "submitted";
  private static final String BODY =
      "{\"model\":\"submitted\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";

  private static Gateway gateway;
  private static Gateway other;

  @BeforeAll
  static void start() throws IOException {
    gateway = GatewayFixture.start(relevo.house());
    other = GatewayFixture.start(relevo.house());
  }

  @AfterAll
  static void stop() {
    gateway.close();
    other.close();
  }

  private static HttpResponse<String> post(Gateway to, String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        GatewayFixture.request(to, "/v1/jobs").POST(HttpRequest.BodyPublishers.ofString(body));
    return GatewayFixture.ask(headers.length == 0 ? request : request.headers(headers));
  }

  private static JsonNode json(HttpResponse<String> response) {
    return JsonMapper.shared().readTree(response.body());
  }

  private static String id(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    return json(response).path("id").asString();
  }

  private static JsonNode ended(Gateway at, String id) throws Exception {
    HttpResponse<String> shown = GatewayFixture.get(at, "/v1/jobs/" + id + "?wait=20s");
    assertThat(shown.statusCode()).as(shown.body()).isEqualTo(200);
    return json(shown);
  }

  @Test
  void takesAJobAndAnswersItAtAnyGateway() throws Exception {
    relevo.model(MODEL).answers("Hi there");
    HttpResponse<String> taken = post(gateway, BODY);
    String id = id(taken);

    assertThat(taken.headers().firstValue("Location")).isEqualTo(Optional.of("/v1/jobs/" + id));
    assertThat(taken.headers().firstValue("x-relevo-job-id")).isEqualTo(Optional.of(id));
    assertThat(json(taken).path("links").path("stream").asString())
        .isEqualTo("/v1/jobs/" + id + "/stream");
    assertThat(ended(other, id).path("result").path("text").asString()).isEqualTo("Hi there");
    AskedJob asked = relevo.model(MODEL).awaitRequest();
    assertThat(asked.text()).isEqualTo(BODY);
    assertThat(asked.headers().maxWaitMs()).isNull();
  }

  @Test
  void aJobIsAskedForWithHeaders() throws Exception {
    relevo.model(MODEL).answers("Hi there");
    String id =
        id(
            post(
                gateway,
                BODY,
                "x-relevo-tenant",
                "shop",
                "x-relevo-priority",
                "2",
                "x-relevo-max-wait",
                "9000",
                "x-relevo-lane",
                "batch"));

    AskedJob asked = relevo.model(MODEL).awaitRequest();
    assertThat(asked.id()).isEqualTo(id);
    assertThat(asked.lane()).isEqualTo(Lane.BATCH);
    assertThat(asked.headers().tenant()).isEqualTo("shop");
    assertThat(asked.headers().priority()).isEqualTo(2);
    assertThat(asked.headers().maxWaitMs()).isEqualTo(9_000);
    assertThat(ended(gateway, id).path("lane").asString()).isEqualTo("batch");
  }

  @Test
  void refusesWhatIsNoJob() throws Exception {
    for (String wrong : List.of("", "[]", "{\"model\":\"submitted\"}", "{\"model\":1}")) {
      HttpResponse<String> refused = post(gateway, wrong);
      assertThat(refused.statusCode()).as(wrong).isEqualTo(400);
      assertThat(refused.headers().firstValue("Content-Type"))
          .isEqualTo(Optional.of("application/problem+json"));
    }
    assertThat(post(gateway, BODY, "x-relevo-priority", "high").statusCode()).isEqualTo(400);
  }

  @Test
  void aJobWithANameIsOneHoweverOftenItIsSent() throws Exception {
    relevo.model(MODEL).answers("Hi there").holdsAtChunk(1);
    String first = id(post(gateway, BODY, "Idempotency-Key", "one"));
    assertThat(id(post(gateway, BODY, "Idempotency-Key", "one"))).isEqualTo(first);
    assertThat(id(post(other, BODY, "Idempotency-Key", "one"))).isEqualTo(first);
    relevo.model(MODEL).awaitHeld();
    relevo.model(MODEL).release();

    assertThat(ended(other, first).path("state").asString()).isEqualTo("succeeded");
    assertThat(id(post(other, BODY, "Idempotency-Key", "one"))).isEqualTo(first);
    assertThat(relevo.model(MODEL).calls()).hasSize(1);

    HttpResponse<String> another =
        post(other, BODY.replace("Hello", "Bye"), "Idempotency-Key", "one");
    assertThat(another.statusCode()).isEqualTo(409);
    assertThat(another.headers().firstValue("x-should-retry")).isEqualTo(Optional.of("false"));
    assertThat(id(post(gateway, BODY, "Idempotency-Key", "one", "x-relevo-tenant", "shop")))
        .isNotEqualTo(first);
  }

  @Test
  void aRefusedRequestIsNotTriedAgainUnderItsName() throws Exception {
    relevo.model(MODEL).fails(Failure.callersFault("no such thing"));
    String first = id(post(gateway, BODY, "Idempotency-Key", "refused"));
    assertThat(ended(gateway, first).path("state").asString()).isEqualTo("dead");

    assertThat(id(post(gateway, BODY, "Idempotency-Key", "refused"))).isEqualTo(first);
  }

  @Test
  void aJobThatWasStoppedWhileItRanRunsAnewUnderItsName() throws Exception {
    relevo.model(MODEL).answers("Hi there").silentAtChunk(1).then().answers("Hi again");
    String first = id(post(gateway, BODY, "Idempotency-Key", "stopped"));
    relevo.model(MODEL).awaitCalls(1);
    HttpResponse<String> stopped =
        GatewayFixture.ask(GatewayFixture.request(gateway, "/v1/jobs/" + first).DELETE());
    assertThat(stopped.statusCode()).isEqualTo(202);
    assertThat(ended(gateway, first).path("state").asString()).isEqualTo("cancelled");

    String second = first;
    while (second.equals(first)) {
      // State tells a moment after the answer.
      second = id(post(gateway, BODY, "Idempotency-Key", "stopped"));
    }
    assertThat(ended(gateway, second).path("result").path("text").asString()).isEqualTo("Hi again");
  }

  @Test
  void whatItsBackendBrokeOffRunsAnewUnderItsName() throws Exception {
    relevo.model(MODEL).answers("Half").finishing(FinishReason.ERROR).then().answers("All of it");
    String first = id(post(gateway, BODY, "Idempotency-Key", "broken-off"));
    assertThat(ended(gateway, first).path("result").path("finish_reason").asString())
        .isEqualTo("error");

    String second = first;
    while (second.equals(first)) {
      // State tells a moment after the answer.
      second = id(post(other, BODY, "Idempotency-Key", "broken-off"));
    }
    assertThat(ended(gateway, second).path("result").path("text").asString())
        .isEqualTo("All of it");
    assertThat(id(post(other, BODY, "Idempotency-Key", "broken-off"))).isEqualTo(second);
  }

  @Test
  void anotherTenantsJobIsNotThere(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("relevo.yaml"),
            """
            gateway:
              api-keys:
                - {key: shop-key, tenant: shop, rights: chat}
                - {key: lab-key, tenant: lab, rights: chat}
                - {key: operator-key, tenant: house}
            """);
    relevo.model(MODEL).answers("Hi there");
    String id = id(post(gateway, BODY, "x-relevo-tenant", "shop"));
    ended(gateway, id);
    try (Gateway guarded =
        GatewayFixture.start(
            relevo.house(),
            GatewayFixture.onAnyPort(new SettingsLoader().load(file, Map.of()).gateway()))) {
      assertThat(ask(guarded, "shop-key", id, "").statusCode()).isEqualTo(200);
      assertThat(ask(guarded, "operator-key", id, "").statusCode()).isEqualTo(200);
      String none = "0" + id.substring(1) + "0";
      for (String path : List.of("", "/stream")) {
        HttpResponse<String> hidden = ask(guarded, "lab-key", id, path);
        assertThat(hidden.statusCode()).isEqualTo(404);
        assertThat(hidden.body())
            .isEqualTo(ask(guarded, "lab-key", none, path).body().replace(none, id));
      }
    }
  }

  private static HttpResponse<String> ask(Gateway from, String key, String id, String path)
      throws Exception {
    return GatewayFixture.ask(
        GatewayFixture.request(from, "/v1/jobs/" + id + path)
            .header("Authorization", "Bearer " + key)
            .GET());
  }
}
