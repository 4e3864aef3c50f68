package dev.relevo.gateway.operate;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.NotFoundException;
import com.openai.models.models.Model;
import dev.relevo.client.ChatMessage;
import dev.relevo.client.JobRequest;
import dev.relevo.common.config.GatewaySettings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.gateway.Gateway;
import dev.relevo.gateway.GatewayFixture;
import dev.relevo.testkit.RelevoHouse;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Nodes, models and lists of jobs, asked of a gateway whose callers have keys. */
@Timeout(120)
class OperateRoutesTest {
  private static final int MILL_JOBS = 3;
  private static final int SHOP_JOBS = 5;

  @TempDir static Path folder;
  private static RelevoHouse house;
  private static Gateway gateway;

  @BeforeAll
  static void open() throws Exception {
    house =
        RelevoHouse.start(
            GatewayFixture.house()
                .withNodes(0)
                .withNode("attic", "gemma3:4b", "org/model")
                .withNode("cellar", "gemma3:4b", "llama3*"));
    Path file =
        Files.writeString(
            folder.resolve("relevo.yaml"),
            """
            gateway:
              api-keys:
                - { key: sk-mill, name: mill, tenant: mill, rights: [chat] }
                - { key: sk-watch, name: watch, tenant: none, rights: [operate] }
            """);
    GatewaySettings settings = new SettingsLoader().load(file, Map.of()).gateway();
    gateway = GatewayFixture.start(house, GatewayFixture.onAnyPort(settings));
    runJobs();
    awaitAllKnown();
  }

  /** An answer is there a moment before its job's end stands in state. */
  private static void awaitAllKnown() throws Exception {
    HttpResponse<String> answer;
    do {
      answer = ask("sk-watch", "/v1/jobs?state=succeeded");
    } while (answer.statusCode() != 200
        || texts(JsonMapper.shared().readTree(answer.body()), "id").size() < MILL_JOBS + SHOP_JOBS);
  }

  private static void runJobs() {
    house.anyModel().answers("Once upon a time");
    for (int i = 0; i < MILL_JOBS + SHOP_JOBS; i++) {
      house
          .client()
          .complete(
              JobRequest.messages(List.of(ChatMessage.user("Hello")))
                  .model("gemma3:4b")
                  .tenant(i < MILL_JOBS ? "mill" : "shop")
                  .build());
    }
  }

  @AfterAll
  static void close() {
    gateway.close();
    house.close();
  }

  private static HttpResponse<String> ask(String key, String path) throws Exception {
    return GatewayFixture.ask(
        GatewayFixture.request(gateway, path).header("Authorization", "Bearer " + key));
  }

  private static JsonNode json(String key, String path) throws Exception {
    HttpResponse<String> answer = ask(key, path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JsonMapper.shared().readTree(answer.body());
  }

  private static List<String> texts(JsonNode list, String field) {
    return list.path("data").valueStream().map(one -> one.path(field).asString("-")).toList();
  }

  @Test
  void nodesAreToldWithAllThatTheirBeatsTell() throws Exception {
    JsonNode nodes = json("sk-watch", "/v1/nodes");
    while (!texts(nodes, "running").stream().allMatch("0"::equals)) {
      // The beat that tells of a job's end comes a moment later.
      nodes = json("sk-watch", "/v1/nodes");
    }

    assertThat(texts(nodes, "id")).containsExactly("attic", "cellar");
    assertThat(texts(nodes, "state")).containsOnly("ready");
    JsonNode attic = nodes.path("data").path(0);
    assertThat(attic.path("capacity").asInt()).isPositive();
    assertThat(attic.path("running").asInt(-1)).isZero();
    assertThat(attic.path("beat_age_ms").asInt(-1)).isBetween(0, 60_000);
    JsonNode backend = attic.path("backends").path(0);
    assertThat(backend.path("models").toString()).isEqualTo("[\"gemma3:4b\",\"org/model\"]");
    assertThat(backend.path("health").asString()).isEqualTo("available");
    assertThat(backend.path("breaker").asString()).isEqualTo("closed");
    assertThat(nodes.path("dispatchers").path(0).path("state").asString()).isEqualTo("live");
    assertThat(ask("sk-mill", "/v1/nodes").statusCode()).isEqualTo(403);
  }

  @Test
  void modelsAreThoseThatANodeServesByName() throws Exception {
    JsonNode models = json("sk-mill", "/v1/models");

    assertThat(models.path("object").asString()).isEqualTo("list");
    assertThat(texts(models, "id")).containsExactly("gemma3:4b", "org/model");
    assertThat(models.path("data").path(0).path("object").asString()).isEqualTo("model");
    assertThat(models.path("data").path(0).path("owned_by").asString()).isNotEmpty();
    assertThat(models.toString()).doesNotContain("attic", "cellar");
  }

  @Test
  void aModelIsFoundByItsNameHoweverItsSlashIsWrittenOrByAPattern() throws Exception {
    for (String path : List.of("org/model", "org%2Fmodel")) {
      assertThat(json("sk-mill", "/v1/models/" + path).path("id").asString())
          .isEqualTo("org/model");
    }
    assertThat(json("sk-mill", "/v1/models/llama3.2").path("id").asString()).isEqualTo("llama3.2");

    HttpResponse<String> missing = ask("sk-mill", "/v1/models/gpt-9");
    assertThat(missing.statusCode()).isEqualTo(404);
    JsonNode error = JsonMapper.shared().readTree(missing.body()).path("error");
    assertThat(error.path("code").asString()).isEqualTo("model_not_found");
    assertThat(error.path("message").asString()).contains("'gpt-9'", "/v1/models");
  }

  @Test
  void theOfficialSdkReadsModels() {
    OpenAIClient sdk =
        OpenAIOkHttpClient.builder()
            .baseUrl("http://127.0.0.1:" + gateway.port() + "/v1")
            .apiKey("sk-mill")
            .build();
    try {
      assertThat(sdk.models().list().data())
          .extracting(Model::id)
          .containsExactly("gemma3:4b", "org/model");
      assertThat(sdk.models().retrieve("org/model").id()).isEqualTo("org/model");
      Assertions.assertThatThrownBy(() -> sdk.models().retrieve("gpt-9"))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("gpt-9");
    } finally {
      sdk.close();
    }
  }

  @Test
  void whoOperatesSeesAllJobsPageByPage() throws Exception {
    List<String> ids = new ArrayList<>();
    String path = "/v1/jobs?limit=3";
    JsonNode page = json("sk-watch", path);
    while (true) {
      ids.addAll(texts(page, "id"));
      if (!page.path("has_more").asBoolean()) {
        break;
      }
      page = json("sk-watch", path + "&after=" + page.path("next").asString());
    }

    assertThat(ids).doesNotHaveDuplicates().hasSize(MILL_JOBS + SHOP_JOBS);
    JsonNode job = json("sk-watch", "/v1/jobs?state=succeeded&tenant=shop").path("data").path(0);
    assertThat(job.path("state").asString()).isEqualTo("succeeded");
    assertThat(job.path("tenant").asString()).isEqualTo("shop");
    assertThat(job.path("model").asString()).isEqualTo("gemma3:4b");
    assertThat(job.path("timings").path("submitted_at_ms").asLong()).isPositive();
    assertThat(job.path("links").path("self").asString())
        .isEqualTo("/v1/jobs/" + job.path("id").asString());
    assertThat(json("sk-watch", job.path("links").path("self").asString()).path("id"))
        .as("whoever sees it in the list may look at it")
        .isEqualTo(job.path("id"));
    assertThat(texts(json("sk-watch", "/v1/jobs?state=dead,cancelled"), "id")).isEmpty();
  }

  @Test
  void whoAsksModelsSeesTheJobsOfHisTenantAlone() throws Exception {
    JsonNode own = json("sk-mill", "/v1/jobs");

    assertThat(texts(own, "tenant")).hasSize(MILL_JOBS).containsOnly("mill");
    assertThat(json("sk-mill", "/v1/jobs?tenant=mill").path("data")).hasSize(MILL_JOBS);
    HttpResponse<String> refused = ask("sk-mill", "/v1/jobs?tenant=shop");
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.headers().firstValue("content-type")).hasValue("application/problem+json");
  }

  @Test
  void whatCannotBeUnderstoodIsSaid() throws Exception {
    for (Map.Entry<String, String> wrong :
        Map.of(
                "limit=0", "limit is '0', expected a whole number from 1 to 200",
                "limit=many", "limit is 'many'",
                "state=gone", "queued",
                "after=%3F", "the 'next' of an earlier page")
            .entrySet()) {
      HttpResponse<String> refused = ask("sk-watch", "/v1/jobs?" + wrong.getKey());
      assertThat(refused.statusCode()).as(wrong.getKey()).isEqualTo(400);
      assertThat(refused.body()).contains(wrong.getValue(), "invalid_value");
    }
  }
}
