package dev.relevo.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.core.http.HttpResponse;
import com.openai.errors.NotFoundException;
import com.openai.errors.RateLimitException;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileListParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import dev.relevo.testkit.HouseOptions;
import dev.relevo.testkit.RelevoHouse;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FilesTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private RelevoHouse house;
  private BatchDoor gateway;

  @BeforeAll
  void start() throws Exception {
    house = RelevoHouse.start(HouseOptions.defaults().withNodes(0));
    gateway = BatchDoor.open(house);
  }

  @AfterAll
  void stop() {
    gateway.close();
    house.close();
  }

  private static java.net.http.HttpResponse<String> ask(HttpRequest.Builder request)
      throws Exception {
    return HTTP.send(request.build(), java.net.http.HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(gateway.address() + path))
        .header("Authorization", "Bearer default");
  }

  /** A form as it stands on the wire. */
  private java.net.http.HttpResponse<String> post(String form) throws Exception {
    return ask(
        request("/v1/files")
            .header("Content-Type", "multipart/form-data; boundary=\"b-1\"")
            .POST(HttpRequest.BodyPublishers.ofString(form)));
  }

  private static String field(String name, String value) {
    return "--b-1\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
        .formatted(name, value);
  }

  private static String file(String content) {
    return "--b-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n"
        + "Content-Type: application/octet-stream\r\n\r\n"
        + content
        + "\r\n";
  }

  private Set<String> topics() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", house.bootstrapServers()))) {
      return onlyFiles(admin.listTopics().names().get(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void theSdkUploadsReadsListsAndDeletes() throws Exception {
    String content = "{\"a\":1}\n{\"b\":\"\u00e9\u4e16\"}\n";
    FileObject file = gateway.upload("in.jsonl", content);

    assertThat(file.filename()).isEqualTo("in.jsonl");
    assertThat(file.bytes()).isEqualTo(content.getBytes(StandardCharsets.UTF_8).length);
    assertThat(file.purpose().toString()).isEqualTo("batch");
    assertThat(file.expiresAt()).contains(file.createdAt() + 30 * 24 * 3_600);
    file.validate();
    assertThat(gateway.sdk.files().retrieve(file.id())).isEqualTo(file);
    assertThat(gateway.content(file.id())).isEqualTo(content);
    try (HttpResponse response = gateway.sdk.files().content(file.id())) {
      assertThat(response.headers().values("content-length"))
          .containsExactly(Long.toString(file.bytes()));
      assertThat(response.headers().values("content-disposition").getFirst())
          .contains("filename=\"in.jsonl\"");
    }
    assertThat(gateway.sdk.files().list().items()).contains(file);

    assertThat(gateway.sdk.files().delete(file.id()).deleted()).isTrue();
    assertThatThrownBy(() -> gateway.sdk.files().retrieve(file.id()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining(file.id());
    assertThat(gateway.sdk.files().list().items()).doesNotContain(file);
    awaitGone(file);
  }

  /** Or what another test counts before would still have it. */
  private void awaitGone(FileObject file) throws Exception {
    String topic = house.topics().file(file.id().substring("file-".length()));
    BatchDoor.awaitTopics(house, all -> !all.contains(topic));
  }

  @Test
  void aFileLivesAsLongAsItsOwnerAsks() {
    FileObject file =
        gateway
            .sdk
            .files()
            .create(
                FileCreateParams.builder()
                    .file("x".getBytes(StandardCharsets.UTF_8))
                    .purpose(FilePurpose.USER_DATA)
                    .expiresAfter(FileCreateParams.ExpiresAfter.builder().seconds(7_200).build())
                    .build());

    assertThat(file.expiresAt()).contains(file.createdAt() + 7_200);
  }

  @Test
  void listsPageByPage() throws Exception {
    List<String> made = new ArrayList<>();
    for (int number = 0; number < 5; number++) {
      made.addFirst(
          gateway
              .sdk("pager")
              .files()
              .create(
                  FileCreateParams.builder()
                      .file(new byte[] {1, 2})
                      .purpose(number == 0 ? FilePurpose.EVALS : FilePurpose.BATCH)
                      .build())
              .id());
    }
    List<String> seen = new ArrayList<>();
    gateway
        .sdk("pager")
        .files()
        .list(FileListParams.builder().limit(2).build())
        .autoPager()
        .forEach(file -> seen.add(file.id()));
    assertThat(seen).isEqualTo(made);
    assertThat(
            ask(HttpRequest.newBuilder(URI.create(gateway.address() + "/v1/files?after=&limit="))
                    .header("Authorization", "Bearer pager"))
                .body())
        .contains(made);
    assertThat(
            gateway
                .sdk("pager")
                .files()
                .list(FileListParams.builder().order(FileListParams.Order.ASC).build())
                .items()
                .getFirst()
                .id())
        .isEqualTo(made.getLast());
    assertThat(
            gateway
                .sdk("pager")
                .files()
                .list(FileListParams.builder().purpose("evals").build())
                .items())
        .extracting(FileObject::id)
        .containsExactly(made.getLast());
  }

  @Test
  void nobodySeesTheFilesOfOthers() {
    FileObject file = gateway.upload("mine.jsonl", "{}");

    assertThat(gateway.sdk("other").files().list().items()).doesNotContain(file);
    assertThatThrownBy(() -> gateway.sdk("other").files().retrieve(file.id()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> gateway.sdk("other").files().content(file.id()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> gateway.sdk("other").files().delete(file.id()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void whoseKeyHasATenantCannotNameAnother() throws Exception {
    for (String path : List.of("/v1/files", "/v1/batches")) {
      java.net.http.HttpResponse<String> answer =
          ask(request(path).header("x-relevo-tenant", "other"));
      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(answer.body())
          .contains("permission_error", "insufficient_permissions", "x-relevo-tenant is 'other'");
      assertThat(ask(request(path).header("x-relevo-tenant", "default")).statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void aFileMayStandBeforeItsPurpose() throws Exception {
    String content = "{\"x\":\"line\\r\"}\r\n--b-2\r\n\r\n-b-1";
    java.net.http.HttpResponse<String> answer =
        post(
            file(content).replace("a.jsonl", "100%; a.jsonl")
                + field("extra", "ignored")
                + field("purpose", "batch")
                + "--b-1--\r\n");

    assertThat(answer.statusCode()).isEqualTo(200);
    JsonNode file = JsonMapper.shared().readTree(answer.body());
    assertThat(file.path("filename").asString()).isEqualTo("100%; a.jsonl");
    assertThat(gateway.content(file.path("id").asString())).isEqualTo(content);
  }

  @Test
  void whatIsWrongWithAFormIsToldAndNothingIsKept() throws Exception {
    Set<String> before = topics();

    refused(file("x") + field("purpose", "dinner") + "--b-1--\r\n", "purpose");
    refused(file("x") + "--b-1--\r\n", "purpose");
    refused(field("purpose", "batch") + "--b-1--\r\n", "file");
    refused(file("") + field("purpose", "batch") + "--b-1--\r\n", "file");
    refused(file("x") + file("y") + field("purpose", "batch") + "--b-1--\r\n", "file");
    refused(
        file("x")
            + field("purpose", "batch")
            + field("expires_after[seconds]", "5")
            + "--b-1--\r\n",
        "expires_after[seconds]");
    refused(file("x") + field("purpose", "batch"), null);
    refused(field("purpose", "batch") + "--b-1\r\nContent-Disp", null);
    refused("no form at all", null);
    refused(
        file("x").replace("a.jsonl", "a\u0001.jsonl") + field("purpose", "batch") + "--b-1--\r\n",
        "file");
    assertThat(
            ask(request("/v1/files")
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString("{}")))
                .statusCode())
        .isEqualTo(400);

    awaitTopics(before);
  }

  private void refused(String form, @org.jspecify.annotations.Nullable String param)
      throws Exception {
    java.net.http.HttpResponse<String> answer = post(form);
    assertThat(answer.statusCode()).as(form + answer.body()).isEqualTo(400);
    JsonNode error = JsonMapper.shared().readTree(answer.body()).path("error");
    assertThat(error.path("param").asString(null)).isEqualTo(param);
    assertThat(error.path("message").asString()).isNotBlank();
  }

  @Test
  void anUploadThatBreaksOffIsNoFile() throws Exception {
    Set<String> before = topics();
    try (HalfUpload upload = HalfUpload.begin(gateway, "default")) {
      assertThat(upload.isOpen()).isTrue();
      BatchDoor.awaitTopics(house, all -> onlyFiles(all).size() == before.size() + 1);
    }
    awaitTopics(before);
    assertThat(gateway.sdk.files().list().items())
        .noneMatch(file -> file.filename().equals("a.jsonl") && file.bytes() > 900_000);
  }

  private void awaitTopics(Set<String> files) throws Exception {
    BatchDoor.awaitTopics(house, all -> onlyFiles(all).equals(files));
  }

  private Set<String> onlyFiles(Set<String> topics) {
    return topics.stream()
        .filter(topic -> house.topics().fileOf(topic).isPresent())
        .collect(Collectors.toSet());
  }

  @Test
  void largeFilesPassThroughInPieces() throws Exception {
    byte[] content = new byte[(48 << 20) + 13];
    new SplittableRandom(7).nextBytes(content);
    long heapBefore = usedHeap();
    FileObject file = gateway.upload("large.bin", new java.io.ByteArrayInputStream(content));

    assertThat(file.bytes()).isEqualTo(content.length);
    int at = 0;
    try (HttpResponse response = gateway.sdk.files().content(file.id());
        InputStream in = response.body()) {
      byte[] buffer = new byte[64 << 10];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        for (int i = 0; i < count; i++, at++) {
          if (buffer[i] != content[at]) {
            throw new AssertionError("byte " + at + " differs");
          }
        }
      }
    }
    assertThat(at).isEqualTo(content.length);
    System.out.printf(
        "48 MiB up and down; live heap %d MiB before and %d MiB after%n",
        heapBefore >> 20, usedHeap() >> 20);
  }

  private static long usedHeap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void thereAreLimits() throws Exception {
    try (BatchDoor small =
        BatchDoor.open(
            house,
            new BatchLimits(8, 4, 0, 1_000, Duration.ofHours(24), Duration.ofSeconds(1)),
            BatchDoor.FILE_LIMITS.with(topics().size() + 1, 1_000, 1))) {
      Set<String> before = topics();
      assertThatThrownBy(() -> small.upload("in.jsonl", "x".repeat(1_001)))
          .hasMessageContaining("1,000 bytes");
      awaitTopics(before);
      FileObject last = small.upload("in.jsonl", "x".repeat(1_000));
      usedUp(() -> small.upload("in.jsonl", "x"), "too_many_files", "files already");
      usedUp(() -> small.create(last), "too_many_batches", "have not ended");
      small.sdk.files().delete(last.id());
      awaitGone(last);
    }
  }

  private static void usedUp(ThrowableAssert.ThrowingCallable asks, String code, String words) {
    assertThatThrownBy(asks)
        .isInstanceOfSatisfying(
            RateLimitException.class,
            failure -> {
              assertThat(failure).hasMessageContaining(words);
              assertThat(failure.code()).hasValue(code);
              assertThat(failure.type()).hasValue("insufficient_quota");
              assertThat(failure.headers().values("x-should-retry")).containsExactly("false");
            });
  }
}
