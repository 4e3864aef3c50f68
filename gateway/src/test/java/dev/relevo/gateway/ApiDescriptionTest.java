package dev.relevo.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.client.ChatMessage;
import dev.relevo.client.JobRequest;
import dev.relevo.common.config.GatewaySettings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.gateway.http.Route;
import dev.relevo.testkit.Failure;
import dev.relevo.testkit.RelevoHouse;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Holds {@code /openapi.json} to OpenAPI 3.1, to the routes, and to what they answer: every route
 * is asked, and each answer has to be of the schema that is described for it, with nothing besides.
 */
@Timeout(120)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ApiDescriptionTest {
  private static final String ALL = "sk-all";
  private static final String CHAT = "sk-chat";
  private static final String OPERATE = "sk-operate";
  private static final String REQUEST =
      "{\"model\":\"teller\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";

  @TempDir static Path folder;
  private static RelevoHouse house;
  private static Gateway gateway;
  private static ApiDocument api;

  /** Answers with success, as {@code GET /v1/nodes}. */
  private static final Set<String> ANSWERED = new TreeSet<>();

  private static final List<String> PROBLEMS = new ArrayList<>();

  @BeforeAll
  static void open() throws Exception {
    house = RelevoHouse.start(GatewayFixture.house().withNodes(0).withNode("attic", "teller"));
    Path file =
        Files.writeString(
            folder.resolve("relevo.yaml"),
            """
            gateway:
              api-keys:
                - sk-all
                - { key: sk-chat, name: chat, rights: [chat] }
                - { key: sk-operate, name: operate, rights: [operate] }
                - { key: sk-little, name: little, requests-per-minute: 1 }
            """);
    GatewaySettings settings = new SettingsLoader().load(file, Map.of()).gateway();
    gateway = GatewayFixture.start(house, settings.withPort(0));
    api = new ApiDocument(GatewayFixture.get(gateway, "/openapi.json").body());
  }

  @AfterAll
  static void close() {
    gateway.close();
    house.close();
  }

  private static HttpResponse<String> ask(String key, String method, String template, String path)
      throws Exception {
    return ask(key, method, template, path, "");
  }

  private static HttpResponse<String> ask(
      String key, String method, String template, String path, String json) throws Exception {
    HttpResponse<String> answer =
        GatewayFixture.ask(
            GatewayFixture.request(gateway, path)
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .method(
                    method,
                    json.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(json)));
    return seen(method, template, answer);
  }

  private static HttpResponse<String> seen(
      String method, String template, HttpResponse<String> answer) {
    PROBLEMS.addAll(api.problems(method, template, answer));
    if (answer.statusCode() < 300) {
      ANSWERED.add(method + " " + template);
    }
    return answer;
  }

  private static String named(Route route) {
    return route.method().text() + " " + route.path().replace("{+", "{");
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return ask(ALL, "GET", path.split("\\?", 2)[0], path);
  }

  private static JsonNode json(HttpResponse<String> answer) {
    return JsonMapper.shared().readTree(answer.body());
  }

  @Test
  @Order(1)
  void theDescriptionIsOneByTheRulesOfOpenApi() throws Exception {
    assertThat(api.problems()).isEmpty();
  }

  @Test
  @Order(2)
  void everyRouteIsDescribedAndNothingElse() {
    Set<String> routes =
        gateway.routes().stream().map(ApiDocument::operation).collect(Collectors.toSet());
    assertThat(api.operations()).containsExactlyInAnyOrderElementsOf(routes);
    assertThat(gateway.routes()).flatMap(api::unpromised).isEmpty();
  }

  @Test
  @Order(3)
  void theProcess() throws Exception {
    get("/healthz");
    get("/readyz");
    get("/metrics");
    get("/openapi.json");
    get("/v1/nodes");
    ask(CHAT, "GET", "/metrics", "/metrics");
    ask(CHAT, "GET", "/v1/nodes", "/v1/nodes");
  }

  @Test
  @Order(4)
  void modelsAndChat() throws Exception {
    house.model("teller").answers("Once upon a time");
    get("/v1/models");
    ask(ALL, "GET", "/v1/models/{id}", "/v1/models/teller");
    ask(ALL, "GET", "/v1/models/{id}", "/v1/models/none");
    ask(CHAT, "POST", "/v1/chat/completions", "/v1/chat/completions", REQUEST);
    ask(OPERATE, "POST", "/v1/chat/completions", "/v1/chat/completions", REQUEST);
    ask("nobody", "POST", "/v1/chat/completions", "/v1/chat/completions", REQUEST);
    ask(ALL, "POST", "/v1/chat/completions", "/v1/chat/completions", "{");
    ask(
        ALL,
        "POST",
        "/v1/chat/completions",
        "/v1/chat/completions",
        REQUEST.replace("teller", "x"));
    ask("sk-little", "GET", "/v1/models", "/v1/models");
    ask("sk-little", "GET", "/v1/models", "/v1/models");
    HttpResponse<String> stream =
        ask(
            ALL,
            "POST",
            "/v1/chat/completions",
            "/v1/chat/completions",
            REQUEST.replace("{\"model\"", "{\"stream\":true,\"model\""));
    stream
        .body()
        .lines()
        .filter(line -> line.startsWith("data: {"))
        .forEach(line -> PROBLEMS.addAll(api.problems("ChatChunk", line.substring(6))));
    assertThat(stream.body()).endsWith("data: [DONE]\n\n");
  }

  /** Values that a header with such a schema cannot have. */
  private static List<String> wrong(JsonNode schema) {
    List<String> wrong = new ArrayList<>();
    if (schema.has("enum") || List.of("integer", "boolean").contains(type(schema))) {
      wrong.add("whatever");
    }
    if (schema.has("minimum")) {
      wrong.add(Long.toString(schema.path("minimum").longValue() - 1));
    }
    if (schema.has("maximum")) {
      wrong.add(Long.toString(schema.path("maximum").longValue() + 1));
    }
    return wrong;
  }

  /** And some that it can. */
  private static List<String> right(JsonNode schema) {
    List<String> right = new ArrayList<>();
    schema.path("enum").forEach(value -> right.add(value.stringValue()));
    if (type(schema).equals("boolean")) {
      right.addAll(List.of("true", "false"));
    }
    for (String bound : List.of("minimum", "maximum")) {
      if (schema.has(bound)) {
        right.add(Long.toString(schema.path(bound).longValue()));
      }
    }
    // Text that only a free one lets through.
    return right.isEmpty() && type(schema).equals("string") ? List.of("whatever") : right;
  }

  private static String type(JsonNode schema) {
    return schema.path("type").asString("");
  }

  @Test
  @Order(5)
  void headersTakeWhatIsSaidOfThemAndNothingElse() throws Exception {
    for (Map.Entry<String, JsonNode> header :
        api.headers("POST", "/v1/chat/completions").entrySet()) {
      String name = header.getKey();
      for (String value : wrong(header.getValue())) {
        assertThat(told(name, value)).as("%s: %s", name, value).contains("invalid_header", name);
      }
      for (String value : right(header.getValue())) {
        assertThat(told(name, value)).as("%s: %s", name, value).doesNotContain("invalid_header");
      }
    }
  }

  /** What somebody hears who asks a model that nobody has, with such a header. */
  private static String told(String name, String value) throws Exception {
    return GatewayFixture.ask(
            GatewayFixture.request(gateway, "/v1/chat/completions")
                .header("Authorization", "Bearer " + ALL)
                .header(name, value)
                .POST(BodyPublishers.ofString(REQUEST.replace("teller", "nobody"))))
        .body();
  }

  @Test
  @Order(6)
  void jobs() throws Exception {
    house.model("teller").answers("Once upon a time");
    String id = post();
    ask(ALL, "POST", "/v1/jobs", "/v1/jobs", REQUEST);
    ask(ALL, "POST", "/v1/jobs", "/v1/jobs", "[]");
    HttpResponse<String> seen;
    do {
      // A gateway knows a job as soon as it has read of it.
      seen = ask(ALL, "GET", "/v1/jobs/{id}", "/v1/jobs/" + id + "?wait=20s");
    } while (seen.statusCode() == 404);
    ask(ALL, "GET", "/v1/jobs/{id}/stream", "/v1/jobs/" + id + "/stream");
    ask(ALL, "GET", "/v1/jobs/{id}", "/v1/jobs/" + id + "?wait=long");
    ask(ALL, "GET", "/v1/jobs/{id}", "/v1/jobs/none");
    ask(ALL, "DELETE", "/v1/jobs/{id}", "/v1/jobs/" + id);
    ask(ALL, "GET", "/v1/jobs/{id}/stream", "/v1/jobs/none/stream");
    house.model("teller").answers("Once upon a time").holdsAtChunk(1);
    String running = post();
    house.model("teller").awaitHeld();
    do {
      seen = ask(ALL, "DELETE", "/v1/jobs/{id}", "/v1/jobs/" + running);
    } while (seen.statusCode() == 404);
    house.model("teller").release();
    get("/v1/jobs?limit=1");
    get("/v1/jobs?state=ended");
  }

  private static String post() throws Exception {
    return house
        .client()
        .post(JobRequest.messages(List.of(ChatMessage.user("Hello"))).model("teller").build())
        .get(20, TimeUnit.SECONDS)
        .id();
  }

  @Test
  @Order(7)
  void deadLetters() throws Exception {
    house.model("teller").fails(Failure.callersFault("no such parameter"));
    String id = post();
    HttpResponse<String> found;
    do {
      found = ask(ALL, "GET", "/v1/dead", "/v1/dead");
    } while (!found.body().contains(id));
    get("/v1/dead?limit=0");
    ask(ALL, "GET", "/v1/dead/{id}", "/v1/dead/" + id);
    ask(ALL, "GET", "/v1/dead/{id}", "/v1/dead/none");
    ask(ALL, "GET", "/v1/jobs/{id}", "/v1/jobs/" + id);
    String replay = "/v1/dead/replay";
    ask(ALL, "POST", replay, replay, "{\"ids\":[\"" + id + "\"],\"dry_run\":true}");
    ask(ALL, "POST", replay, replay, "{\"ids\":[\"" + id + "\", \"none\"]}");
    ask(ALL, "POST", replay, replay, "{}");
    ask(CHAT, "POST", replay, replay, "{}");
  }

  @Test
  @Order(8)
  void filesAndBatches() throws Exception {
    house.model("teller").answers("Once upon a time");
    String line =
        "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":%s}"
            .formatted(REQUEST);
    String file = json(upload(line)).path("id").asString("missing");
    get("/v1/files");
    get("/v1/files?limit=none");
    ask(ALL, "GET", "/v1/files/{id}", "/v1/files/" + file);
    ask(ALL, "GET", "/v1/files/{id}", "/v1/files/none");
    ask(ALL, "GET", "/v1/files/{id}/content", "/v1/files/" + file + "/content");
    String request =
        "{\"input_file_id\":\"%s\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\"}"
            .formatted(file);
    String batch =
        json(ask(ALL, "POST", "/v1/batches", "/v1/batches", request))
            .path("id")
            .asString("missing");
    ask(ALL, "POST", "/v1/batches", "/v1/batches", "{}");
    String path = "/v1/batches/" + batch;
    String status;
    do {
      status = json(ask(ALL, "GET", "/v1/batches/{id}", path)).path("status").asString("failed");
    } while (!List.of("completed", "failed", "cancelled", "expired").contains(status));
    ask(ALL, "GET", "/v1/batches/{id}", "/v1/batches/none");
    get("/v1/batches");
    ask(ALL, "POST", "/v1/batches/{id}/cancel", path + "/cancel");
    String second =
        json(ask(ALL, "POST", "/v1/batches", "/v1/batches", request))
            .path("id")
            .asString("missing");
    ask(ALL, "POST", "/v1/batches/{id}/cancel", "/v1/batches/" + second + "/cancel");
    ask(ALL, "DELETE", "/v1/files/{id}", "/v1/files/" + json(upload("{}")).path("id").asString(""));
  }

  private static HttpResponse<String> upload(String content) throws Exception {
    String form =
        """
        --end\r
        Content-Disposition: form-data; name="purpose"\r
        \r
        batch\r
        --end\r
        Content-Disposition: form-data; name="file"; filename="in.jsonl"\r
        Content-Type: application/octet-stream\r
        \r
        %s\r
        --end--\r
        """
            .formatted(content);
    return seen(
        "POST",
        "/v1/files",
        GatewayFixture.ask(
            GatewayFixture.request(gateway, "/v1/files")
                .header("Authorization", "Bearer " + ALL)
                .header("Content-Type", "multipart/form-data; boundary=end")
                .POST(BodyPublishers.ofString(form))));
  }

  @Test
  @Order(9)
  void everythingWasAnsweredAsItIsDescribed() {
    assertThat(PROBLEMS).isEmpty();
    assertThat(ANSWERED)
        .containsExactlyInAnyOrderElementsOf(
            gateway.routes().stream().map(ApiDescriptionTest::named).collect(Collectors.toSet()));
  }
}
