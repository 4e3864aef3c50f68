package dev.relevo.gateway.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.client.ChatMessage;
import dev.relevo.client.JobHandle;
import dev.relevo.client.JobRequest;
import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.gateway.Gateway;
import dev.relevo.gateway.GatewayFixture;
import dev.relevo.gateway.http.DoorOptions;
import dev.relevo.gateway.http.Gatekeeper;
import dev.relevo.gateway.http.HttpDoor;
import dev.relevo.gateway.http.Principal;
import dev.relevo.gateway.http.Right;
import dev.relevo.operator.DeadReader;
import dev.relevo.testkit.Failure;
import dev.relevo.testkit.ModelCall;
import dev.relevo.testkit.RelevoHouse;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Dead letters of a real dispatcher. */
@Timeout(120)
class DeadRoutesTest {
  private static final List<String> SHOP = new ArrayList<>();
  private static RelevoHouse house;
  private static Gateway gateway;
  private static String mill;

  @BeforeAll
  static void open() throws Exception {
    house =
        RelevoHouse.start(GatewayFixture.house().withSetting("dispatcher.retry.max-attempts", "1"));
    gateway = GatewayFixture.start(house);
    house.model("broken").fails(Failure.retryable("out of memory"));
    for (int i = 0; i < 3; i++) {
      SHOP.add(die("shop"));
    }
    mill = die("mill");
    writeScribble();
    JsonNode letters;
    do {
      letters = get("/v1/dead");
    } while (letters.path("data").size() < SHOP.size() + 2);
  }

  private static String die(String tenant) {
    JobHandle job =
        house
            .client()
            .submit(
                JobRequest.messages(List.of(ChatMessage.user("Hello from " + tenant)))
                    .model("broken")
                    .tenant(tenant)
                    .build());
    assertThatThrownBy(() -> job.result().join()).hasMessageContaining("out of memory");
    return job.id();
  }

  private static void writeScribble() {
    KafkaClients clients = new KafkaClients(KafkaAccess.to(house.bootstrapServers()));
    try (Producer<String, byte[]> producer = clients.producer(ProducerProfile.JOBS, "test")) {
      var _ =
          producer.send(
              new ProducerRecord<>(
                  house.topics().jobs(),
                  0,
                  "scribble",
                  "no json".getBytes(StandardCharsets.UTF_8)));
      producer.flush();
    }
  }

  @AfterAll
  static void close() {
    gateway.close();
    house.close();
  }

  private static JsonNode json(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JsonMapper.shared().readTree(answer.body());
  }

  private static JsonNode get(String path) throws Exception {
    return json(GatewayFixture.get(gateway, path));
  }

  private static JsonNode replay(String body) throws Exception {
    return json(GatewayFixture.post(gateway, "/v1/dead/replay", body));
  }

  private static List<String> ids(JsonNode list) {
    return list.path("data").valueStream().map(one -> one.path("id").asString("-")).toList();
  }

  @Test
  void listsThemWithFiltersPageByPage() throws Exception {
    assertThat(ids(get("/v1/dead?tenant=shop"))).containsExactlyInAnyOrderElementsOf(SHOP);
    assertThat(ids(get("/v1/dead?model=brok*&since=1h&tenant=shop"))).hasSize(3);
    assertThat(ids(get("/v1/dead?before=2020-01-01"))).isEmpty();
    assertThat(ids(get("/v1/dead?error=malformed_record"))).containsExactly("scribble");

    List<String> all = new ArrayList<>();
    JsonNode page = get("/v1/dead?limit=2&tenant=shop");
    while (page.path("has_more").asBoolean()) {
      assertThat(page.path("data")).hasSize(2);
      all.addAll(ids(page));
      page = get("/v1/dead?limit=2&tenant=shop&after=" + page.path("next").asString());
    }
    all.addAll(ids(page));
    assertThat(all).containsExactlyInAnyOrderElementsOf(SHOP);
  }

  @Test
  void showsAllOfOne() throws Exception {
    String id = SHOP.getFirst();
    JsonNode letter = get("/v1/dead/" + id);

    assertThat(letter.path("id").asString()).isEqualTo(id);
    assertThat(letter.path("error").path("code").asString()).isEqualTo("attempts_exhausted");
    assertThat(letter.path("attempts").path(0).path("message").asString())
        .contains("out of memory");
    assertThat(letter.path("request").asString()).contains("\"Hello from shop\"");
    assertThat(letter.path("replayable").asBoolean()).isTrue();
    assertThat(get("/v1/dead/" + letter.path("key").asString())).isEqualTo(letter);

    HttpResponse<String> missing = GatewayFixture.get(gateway, "/v1/dead/nobody");
    assertThat(missing.statusCode()).isEqualTo(404);
    assertThat(missing.body()).contains("dead_letter_not_found", "GET /v1/dead");
  }

  @Test
  void aDryRunChangesNothing() throws Exception {
    JsonNode answer = replay("{\"tenant\":\"shop\",\"limit\":2,\"dry_run\":true}");

    assertThat(answer.path("sent").asInt(-1)).isZero();
    assertThat(answer.path("has_more").asBoolean()).isTrue();
    assertThat(answer.path("data")).hasSize(2);
    assertThat(answer.path("data").path(0).path("outcome").asString()).isEqualTo("would_be_sent");
    assertThat(replay("{\"all\":true,\"dry_run\":true}").path("not_replayable").asInt()).isOne();
  }

  @Test
  void aJobThatIsReplayedTwiceRunsOnceWithAnotherModel() throws Exception {
    house.model("sound").answers("Once");
    String body =
        "{\"ids\":[\"%s\",\"scribble\",\"nobody\"],\"to_model\":\"sound\",\"rate\":\"100/s\"}"
            .formatted(mill);

    JsonNode first = replay(body);
    JsonNode second = replay(body);

    assertThat(first.path("sent").asInt()).isOne();
    assertThat(first.path("not_replayable").asInt()).isOne();
    assertThat(first.path("not_found").asInt()).isOne();
    assertThat(first.path("data").valueStream().map(one -> one.path("outcome").asString()))
        .containsExactlyInAnyOrder("sent", "not_replayable", "not_found");
    assertThat(second.path("sent").asInt(-1)).isBetween(0, 1);
    house.model("sound").awaitCalls(1);
    while (GatewayFixture.get(gateway, "/v1/dead/" + mill).statusCode() != 404) {
      // The letter goes when the dispatcher has the job.
    }
    // What goes the same way behind it: when that is done, so is the second replay.
    JobRequest behind =
        JobRequest.messages(List.of(ChatMessage.user("Hello"))).model("sound").build();
    for (int i = 0; i < 20; i++) {
      house.client().complete(behind);
    }
    assertThat(house.model("sound").calls())
        .extracting(ModelCall::question)
        .containsOnlyOnce("Hello from mill");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /v1/dead HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /v1/dead/nobody HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /v1/dead/replay HTTP/1.1\r\nHost: localhost\r\nContent-Length: 27\r\n\r\n"
            + "{\"all\":true,\"dry_run\":true}"
      })
  void whoGoesIsReadForNoLonger(String request) throws Exception {
    KafkaClients clients = new KafkaClients(KafkaAccess.to(house.bootstrapServers()));
    CompletableFuture<BooleanSupplier> begun = new CompletableFuture<>();
    CompletableFuture<Void> goesOn = new CompletableFuture<>();
    DeadRoutes routes =
        new DeadRoutes(
            clients,
            house.topics(),
            unwanted -> {
              begun.complete(unwanted);
              goesOn.join();
              return new DeadReader(clients, house.topics(), unwanted);
            },
            InstantSource.system());
    Principal operator = new Principal("any", "default", false, Set.of(Right.OPERATE));
    try (HttpDoor door =
        HttpDoor.open(
            DoorOptions.of(GatewayFixture.onAnyPort(Settings.defaults().gateway())),
            routes.routes(),
            (exchange, route) -> new Gatekeeper.Admission(operator, () -> {}))) {
      BooleanSupplier unwanted;
      try (Socket caller = new Socket(InetAddress.getLoopbackAddress(), door.port())) {
        caller.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        unwanted = begun.get(20, TimeUnit.SECONDS);
        assertThat(unwanted.getAsBoolean()).isFalse();
      }
      long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (!unwanted.getAsBoolean()) {
        assertThat(System.nanoTime()).as("when it is noticed").isLessThan(endNanos);
      }
      goesOn.complete(null);
    }
  }

  @Test
  void whatCannotBeUnderstoodRunsNothing() throws Exception {
    for (Map.Entry<String, String> wrong :
        Map.of(
                "{}", "nothing_chosen",
                "{\"dry-run\":true,\"all\":true}", "dry-run",
                "{\"ids\":\"a\"}", "a list of 1 to 1000",
                "{\"since\":\"yesterday\"}", "how long ago",
                "{\"tenant\":\"shop\",\"rate\":\"fast\"}", "10/s",
                "{\"tenant\":\"shop\",\"limit\":0}", "from 1 to 1000",
                "{\"tenant\":7}", "a text",
                "[]", "a JSON object")
            .entrySet()) {
      HttpResponse<String> refused =
          GatewayFixture.post(gateway, "/v1/dead/replay", wrong.getKey());
      assertThat(refused.statusCode()).as(wrong.getKey()).isEqualTo(400);
      assertThat(refused.body()).contains(wrong.getValue());
    }
    HttpResponse<String> cursor = GatewayFixture.get(gateway, "/v1/dead?after=1.2");
    assertThat(cursor.statusCode()).isEqualTo(400);
    assertThat(cursor.body()).contains("'next' of an earlier page");
  }
}
