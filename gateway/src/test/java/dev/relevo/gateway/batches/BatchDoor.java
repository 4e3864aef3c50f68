package dev.relevo.gateway.batches;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.MultipartField;
import com.openai.core.http.HttpResponse;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.gateway.files.FileLimits;
import dev.relevo.gateway.http.DoorOptions;
import dev.relevo.gateway.http.Gatekeeper;
import dev.relevo.gateway.http.HttpDoor;
import dev.relevo.gateway.http.Principal;
import dev.relevo.gateway.http.Right;
import dev.relevo.testkit.RelevoHouse;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A gateway's files and batches behind HTTP, whose callers' keys are the names of their tenants.
 */
final class BatchDoor implements AutoCloseable {
  static final BatchLimits LIMITS = BatchLimits.of(Settings.defaults().gateway().batches());
  static final FileLimits FILE_LIMITS = FileLimits.of(Settings.defaults().gateway());
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  final Batches batches;
  final HttpDoor door;
  final OpenAIClient sdk;

  private BatchDoor(Batches batches, HttpDoor door) {
    this.batches = batches;
    this.door = door;
    this.sdk = sdk("default");
  }

  static BatchDoor open(RelevoHouse house, BatchLimits limits, FileLimits files)
      throws IOException {
    Batches batches =
        Batches.start(
            new KafkaClients(KafkaAccess.to(house.bootstrapServers())),
            TopicLayout.defaults().withPrefix(house.topics().prefix()),
            limits,
            files,
            new SimpleMeterRegistry());
    HttpDoor door =
        HttpDoor.open(
            DoorOptions.of(Settings.defaults().gateway().withPort(0)),
            List.of(),
            (exchange, route) -> {
              String key = exchange.header("authorization").orElse("Bearer default").substring(7);
              return new Gatekeeper.Admission(
                  new Principal(key, key, true, Set.of(Right.CHAT)), () -> {});
            });
    door.serve(batches.routes());
    return new BatchDoor(batches, door);
  }

  static BatchDoor open(RelevoHouse house) throws IOException {
    return open(house, LIMITS, FILE_LIMITS);
  }

  String address() {
    return "http://127.0.0.1:" + door.port();
  }

  /** The official SDK for a tenant. */
  OpenAIClient sdk(String tenant) {
    return OpenAIOkHttpClient.builder()
        .baseUrl(address() + "/v1")
        .apiKey(tenant)
        .maxRetries(0)
        .build();
  }

  FileObject upload(String name, String content) {
    return upload(name, new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)));
  }

  FileObject upload(String name, InputStream content) {
    return upload(sdk, name, content);
  }

  FileObject upload(OpenAIClient as, String name, InputStream content) {
    return as.files()
        .create(
            FileCreateParams.builder()
                .file(MultipartField.<InputStream>builder().value(content).filename(name).build())
                .purpose(FilePurpose.BATCH)
                .build());
  }

  /** Uploads lines and begins a batch of them. */
  Batch create(String lines) {
    return create(upload("in.jsonl", lines));
  }

  Batch create(FileObject file) {
    return create(sdk, file);
  }

  Batch create(OpenAIClient as, FileObject file) {
    return as.batches()
        .create(
            BatchCreateParams.builder()
                .inputFileId(file.id())
                .endpoint(BatchCreateParams.Endpoint.V1_CHAT_COMPLETIONS)
                .completionWindow(BatchCreateParams.CompletionWindow._24H)
                .build());
  }

  /** Waits for its end, as far as this gateway knows, and asks for it. */
  Batch awaitEnd(Batch batch) throws InterruptedException {
    return awaitEnd(sdk, batch);
  }

  Batch awaitEnd(OpenAIClient as, Batch batch) throws InterruptedException {
    String uuid = dev.relevo.gateway.batches.Batch.uuidOf(batch.id()).orElseThrow();
    batches
        .book()
        .await(
            () ->
                batches
                    .book()
                    .find(uuid)
                    .map(dev.relevo.gateway.batches.Batch::isEnded)
                    .orElse(false),
            PATIENCE);
    return as.batches().retrieve(batch.id());
  }

  String content(String file) throws IOException {
    try (HttpResponse response = sdk.files().content(file);
        InputStream body = response.body()) {
      return new String(body.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** The lines of a file by their custom ids; fails where one stands twice. */
  Map<String, JsonNode> lines(String file) throws IOException {
    return content(file)
        .lines()
        .map(JsonMapper.shared()::readTree)
        .collect(Collectors.toMap(line -> line.path("custom_id").asString(), line -> line));
  }

  /** Waits until the topics of a house are so: what was deleted is listed for a moment longer. */
  static void awaitTopics(RelevoHouse house, Predicate<Set<String>> wanted) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", house.bootstrapServers()))) {
      long untilNanos = System.nanoTime() + PATIENCE.toNanos();
      Set<String> topics = admin.listTopics().names().get();
      while (!wanted.test(topics)) {
        if (System.nanoTime() - untilNanos > 0) {
          throw new AssertionError("these topics are there: " + topics);
        }
        topics = admin.listTopics().names().get();
      }
    }
  }

  /** A line of a batch. */
  static String line(String id, String model, String question) {
    return "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}}%n"
        .formatted(id, model, question);
  }

  /** So many lines, with the ids {@code r-1} and so on. */
  static String lines(int count, String model) {
    StringBuilder lines = new StringBuilder();
    for (int number = 1; number <= count; number++) {
      lines.append(line("r-" + number, model, "question " + number));
    }
    return lines.toString();
  }

  /** The ids of so many lines. */
  static List<String> ids(int count) {
    List<String> ids = new ArrayList<>();
    for (int number = 1; number <= count; number++) {
      ids.add("r-" + number);
    }
    return ids;
  }

  @Override
  public void close() {
    door.close();
    batches.close();
  }
}
