package dev.relevo.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.batches.BatchListParams;
import com.openai.models.batches.BatchUsage;
import com.openai.models.files.FileObject;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.Usage;
import dev.relevo.gateway.Gateway;
import dev.relevo.gateway.GatewayFixture;
import dev.relevo.testkit.Failure;
import dev.relevo.testkit.RelevoHouse;
import dev.relevo.testkit.ScriptedModel;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BatchesTest {
  private RelevoHouse house;
  private BatchDoor gateway;

  @BeforeAll
  void start() throws Exception {
    house = RelevoHouse.start(GatewayFixture.house().withSetting("node.capacity", "256"));
    gateway = BatchDoor.open(house);
  }

  @AfterAll
  void stop() {
    gateway.close();
    house.close();
  }

  private void awaitNoInbox(Batch batch) throws Exception {
    BatchDoor.awaitTopics(house, topics -> !topics.contains(inbox(batch)));
  }

  private String inbox(Batch batch) {
    return house.topics().inbox("batch-" + batch.id().substring("batch_".length()));
  }

  @Test
  void theSdkRunsABatch() throws Exception {
    house
        .model("poet")
        .answers(call -> "You said: " + call.question())
        .counting(new Usage(7, 3, new Usage.PromptDetails(2L), new Usage.CompletionDetails(1L)));
    house.model("poet").requests();
    FileObject file = gateway.upload("in.jsonl", BatchDoor.lines(3, "poet"));
    Batch created =
        gateway
            .sdk
            .batches()
            .create(
                BatchCreateParams.builder()
                    .inputFileId(file.id())
                    .endpoint(BatchCreateParams.Endpoint.V1_CHAT_COMPLETIONS)
                    .completionWindow(BatchCreateParams.CompletionWindow._24H)
                    .metadata(
                        BatchCreateParams.Metadata.builder()
                            .putAdditionalProperty("project", JsonValue.from("odyssey"))
                            .build())
                    .outputExpiresAfter(
                        BatchCreateParams.OutputExpiresAfter.builder().seconds(7_200).build())
                    .build());

    assertThat(created.status()).isEqualTo(Batch.Status.VALIDATING);
    created.validate();
    Batch done = gateway.awaitEnd(created).validate();
    assertThat(done.status()).isEqualTo(Batch.Status.COMPLETED);
    assertThat(done.requestCounts().orElseThrow().completed()).isEqualTo(3);
    assertThat(done.requestCounts().orElseThrow().failed()).isZero();
    assertThat(done.errorFileId()).isEmpty();
    assertThat(done.model()).contains("poet");
    assertThat(done.expiresAt()).contains(done.createdAt() + 24 * 3_600);
    assertThat(done.inProgressAt()).isPresent();
    assertThat(done.finalizingAt()).isPresent();
    assertThat(done.completedAt()).isPresent();
    assertThat(done.metadata().orElseThrow()._allProperties())
        .containsEntry("project", JsonValue.from("odyssey"));
    BatchUsage usage = done.usage().orElseThrow();
    assertThat(List.of(usage.inputTokens(), usage.outputTokens(), usage.totalTokens()))
        .containsExactly(21L, 9L, 30L);
    assertThat(usage.inputTokensDetails().cachedTokens()).isEqualTo(6);
    assertThat(usage.outputTokensDetails().reasoningTokens()).isEqualTo(3);
    Map<String, JsonNode> output = gateway.lines(done.outputFileId().orElseThrow());
    assertThat(output.keySet()).containsExactlyInAnyOrderElementsOf(BatchDoor.ids(3));
    JsonNode second = output.get("r-2");
    assertThat(second.path("error").isNull()).isTrue();
    assertThat(second.path("response").path("status_code").asInt()).isEqualTo(200);
    JsonNode body = second.path("response").path("body");
    assertThat(body.path("object").asString()).isEqualTo("chat.completion");
    assertThat(body.path("choices").path(0).path("message").path("content").asString())
        .isEqualTo("You said: question 2");
    FileObject outputFile = gateway.sdk.files().retrieve(done.outputFileId().orElseThrow());
    assertThat(outputFile.purpose().toString()).isEqualTo("batch_output");
    assertThat(outputFile.expiresAt()).contains(outputFile.createdAt() + 7_200);
    awaitNoInbox(done);
    assertThat(house.model("poet").requests())
        .hasSize(3)
        .allSatisfy(job -> {
          assertThat(job.lane()).isEqualTo(Lane.BATCH);
          assertThat(job.headers().tenant()).isEqualTo("default");
        });
  }

  @Test
  void linesThatFailStandInTheErrorFile() throws Exception {
    house.model("strict").fails(Failure.callersFault("temperature is too hot"));
    Batch done = gateway.awaitEnd(gateway.create(BatchDoor.lines(2, "strict")));

    assertThat(done.status()).isEqualTo(Batch.Status.COMPLETED);
    assertThat(done.outputFileId()).isEmpty();
    assertThat(done.requestCounts().orElseThrow().failed()).isEqualTo(2);
    Map<String, JsonNode> errors = gateway.lines(done.errorFileId().orElseThrow());
    assertThat(errors.keySet()).containsExactlyInAnyOrder("r-1", "r-2");
    JsonNode response = errors.get("r-1").path("response");
    assertThat(response.path("status_code").asInt()).isEqualTo(400);
    assertThat(response.path("body").path("error").path("message").asString())
        .contains("temperature is too hot");
  }

  @Test
  void aBrokenFileFailsAndSaysWhere() throws Exception {
    Batch failed =
        gateway.awaitEnd(
            gateway.create(
                BatchDoor.line("a", "m", "1")
                    + "no json\n"
                    + BatchDoor.line("a", "m", "2")
                    + BatchDoor.line("b", "other", "3")));

    assertThat(failed.status()).isEqualTo(Batch.Status.FAILED);
    assertThat(failed.failedAt()).isPresent();
    assertThat(failed.errors().orElseThrow().data().orElseThrow())
        .extracting(error -> error.code().orElseThrow(), error -> error.line().orElseThrow())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("invalid_json_line", 2L),
            org.assertj.core.groups.Tuple.tuple("duplicate_custom_id", 3L),
            org.assertj.core.groups.Tuple.tuple("mismatched_model", 4L));
    awaitNoInbox(failed);
  }

  @Test
  void moreThanFiftyThousandLinesAreRefused() throws Exception {
    Batch failed = gateway.awaitEnd(gateway.create(BatchDoor.lines(50_001, "m")));

    assertThat(failed.status()).isEqualTo(Batch.Status.FAILED);
    assertThat(failed.errors().orElseThrow().data().orElseThrow().getFirst().code())
        .contains("too_many_tasks");
  }

  @Test
  void aCancelStopsWhatRunsAndKeepsWhatIsDone() throws Exception {
    ScriptedModel model = house.model("slow");
    model.answers("quick").then().answers("one two three").holdsAtChunk(1);
    Batch batch = gateway.create(BatchDoor.lines(300, "slow"));
    model.awaitHeld();

    HttpResponse<String> cancelled =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(gateway.address() + "/v1/batches/" + batch.id() + "/cancel"))
                    .POST(HttpRequest.BodyPublishers.noBody())
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(cancelled.statusCode()).isEqualTo(200);
    assertThat(JsonMapper.shared().readTree(cancelled.body()).path("status").asString())
        .isEqualTo("cancelling");
    assertThat(gateway.sdk.batches().cancel(batch.id()).cancellingAt()).isPresent();
    Batch end = gateway.awaitEnd(batch);

    assertThat(end.status()).isEqualTo(Batch.Status.CANCELLED);
    assertThat(end.cancelledAt()).isPresent();
    Map<String, JsonNode> output = gateway.lines(end.outputFileId().orElseThrow());
    Map<String, JsonNode> errors = gateway.lines(end.errorFileId().orElseThrow());
    assertThat(output).hasSize(1);
    assertThat(errors).hasSize(299);
    assertThat(errors.values())
        .allSatisfy(line -> {
          assertThat(line.path("response").isNull()).isTrue();
          assertThat(line.path("error").path("code").asString()).isEqualTo("batch_cancelled");
        });
    assertThat(model.calls().size()).isLessThanOrEqualTo(BatchDoor.LIMITS.window() + 1);
    assertThatThrownBy(() -> gateway.sdk.batches().cancel(batch.id()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("cancelled");
    model.release();
  }

  @Test
  void whatIsNotAnsweredInTimeExpires() throws Exception {
    // Alone in its house: what is taken over meanwhile is waited for beyond its time.
    try (RelevoHouse quiet =
            RelevoHouse.start(
                GatewayFixture.house().withNodes(1).onKafka(house.bootstrapServers()));
        BatchDoor hasty =
            BatchDoor.open(
                quiet,
                BatchDoor.LIMITS.withWindow(2).withCompletionWindow(Duration.ofSeconds(4)),
                BatchDoor.FILE_LIMITS)) {
      quiet.model("late").answers("quick").then().isSilent();
      Batch end = hasty.awaitEnd(hasty.create(BatchDoor.lines(4, "late")));

      assertThat(end.status()).isEqualTo(Batch.Status.EXPIRED);
      assertThat(end.expiredAt()).isPresent();
      assertThat(hasty.lines(end.outputFileId().orElseThrow())).hasSize(1);
      Map<String, JsonNode> errors = hasty.lines(end.errorFileId().orElseThrow());
      assertThat(errors).hasSize(3);
      assertThat(errors.values())
          .allSatisfy(line ->
              assertThat(line.path("error").path("code").asString()).isEqualTo("batch_expired"));
    }
  }

  @Test
  void aRequestThatIsWrongIsToldSo() {
    String file = gateway.upload("in.jsonl", "{}").id();
    refused(
        "{\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\"}", "input_file_id");
    refused(json("file-nobody", "/v1/chat/completions", "24h", ""), "input_file_id");
    refused(json(file, "/v1/embeddings", "24h", ""), "endpoint");
    refused(json(file, "/v1/chat/completions", "1h", ""), "completion_window");
    refused(json(file, "/v1/chat/completions", "24h", ",\"metadata\":{\"a\":1}"), "metadata");
    refused(
        json(
            file,
            "/v1/chat/completions",
            "24h",
            ",\"output_expires_after\":{\"anchor\":\"created_at\",\"seconds\":1}"),
        "output_expires_after");
  }

  private static String json(String file, String endpoint, String window, String more) {
    return "{\"input_file_id\":\"%s\",\"endpoint\":\"%s\",\"completion_window\":\"%s\"%s}"
        .formatted(file, endpoint, window, more);
  }

  private void refused(String json, String param) {
    try {
      HttpResponse<String> answer =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(gateway.address() + "/v1/batches"))
                      .POST(HttpRequest.BodyPublishers.ofString(json))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(json).isEqualTo(400);
      assertThat(JsonMapper.shared().readTree(answer.body()).path("error").path("param").asString())
          .isEqualTo(param);
    } catch (java.io.IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void nobodySeesTheBatchesOfOthersAndListsGoPageByPage() throws Exception {
    house.model("pages").answers("x");
    List<String> made = new ArrayList<>();
    for (int number = 0; number < 3; number++) {
      Batch batch = gateway.create(BatchDoor.lines(1, "pages"));
      made.addFirst(batch.id());
      gateway.awaitEnd(batch);
    }
    List<String> seen = new ArrayList<>();
    gateway
        .sdk
        .batches()
        .list(BatchListParams.builder().limit(2).build())
        .autoPager()
        .forEach(batch -> seen.add(batch.id()));

    seen.retainAll(made);
    assertThat(seen).isEqualTo(made);
    assertThat(gateway.sdk("other").batches().list().items()).isEmpty();
    assertThatThrownBy(() -> gateway.sdk("other").batches().retrieve(made.getFirst()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> gateway.sdk("other").batches().cancel(made.getFirst()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void whoIsBoundToNoTenantNamesOne() throws Exception {
    house.model("tenants").answers("x");
    String form =
        "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b\r\n"
            + "Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
            + BatchDoor.lines(1, "tenants")
            + "\r\n--b--\r\n";
    try (Gateway whole = GatewayFixture.start(house)) {
      String file =
          id(
              GatewayFixture.request(whole, "/v1/files")
                  .header("Content-Type", "multipart/form-data; boundary=b")
                  .POST(HttpRequest.BodyPublishers.ofString(form)));
      id(
          GatewayFixture.request(whole, "/v1/batches")
              .header("Content-Type", "application/json")
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      json(file, "/v1/chat/completions", "24h", ""))));

      assertThat(GatewayFixture.get(whole, "/v1/files/" + file).statusCode()).isEqualTo(404);
      assertThat(house.model("tenants").awaitRequest().headers().tenant()).isEqualTo("school");
    }
  }

  private static String id(HttpRequest.Builder request) throws Exception {
    HttpResponse<String> answer = GatewayFixture.ask(request.header("x-relevo-tenant", "school"));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JsonMapper.shared().readTree(answer.body()).path("id").asString();
  }

  @Test
  void aTenantMayHaveSoManyThatHaveNotEndedAndTheirFilesStay() throws Exception {
    ScriptedModel model = house.model("stuck");
    model.answers("one two").holdsAtChunk(1);
    try (BatchDoor narrow =
        BatchDoor.open(
            house,
            new BatchLimits(8, 4, 1, 1_000, Duration.ofHours(24), Duration.ofSeconds(1)),
            BatchDoor.FILE_LIMITS)) {
      FileObject file = narrow.upload("in.jsonl", BatchDoor.lines(1, "stuck"));
      Batch batch = narrow.create(file);
      model.awaitHeld();

      assertThatThrownBy(() -> narrow.create(file)).hasMessageContaining("have not ended");
      assertThatThrownBy(() -> narrow.sdk.files().delete(file.id()))
          .hasMessageContaining(batch.id());
      model.release();
      assertThat(narrow.awaitEnd(batch).status()).isEqualTo(Batch.Status.COMPLETED);
      assertThat(narrow.sdk.files().delete(file.id()).deleted()).isTrue();
    }
  }
}
