package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The packaged command, its processes and a Kafka between them, from outside. */
@Timeout(600)
class EndToEndIT {
  private static final Pattern KAFKA = Pattern.compile("Kafka at ([0-9.:]+)");
  private static final Pattern HTTP = Pattern.compile("http://[0-9.:]+");

  private static String find(Pattern pattern, int group, String text) {
    Matcher matcher = pattern.matcher(text);
    assertThat(matcher.find()).as(text).isTrue();
    return matcher.group(group);
  }

  private static HttpResponse<String> get(String address) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create(address)).build(), BodyHandlers.ofString());
    }
  }

  private static HttpResponse<String> post(String address, String json) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create(address))
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString(json))
              .build(),
          BodyHandlers.ofString());
    }
  }

  private static void assertNoStackTrace(RelevoProcess process) {
    assertThat(process.err()).doesNotContain("\tat ").doesNotContain("Something broke");
  }

  @Nested
  class Up {
    @TempDir Path folder;

    @Test
    void answersAndStopsCleanlyAndStartsAgain() throws Exception {
      String settings = RelevoProcess.echoSettings(folder, "attic").toString();
      String[] up = {"up", "-c", settings, "--port", "0", "--kafka-port", "0"};
      try (RelevoProcess house = RelevoProcess.start(folder, up)) {
        String ready = house.ready();
        String kafka = find(KAFKA, 1, ready);
        String http = find(HTTP, 0, ready);
        assertThat(ready).contains("attic-1", "attic-2");
        assertThat(get(http + "/healthz").statusCode()).isEqualTo(200);
        assertThat(get(http + "/readyz").body()).isEqualTo("ready\n");
        assertThat(get(http + "/metrics").body()).contains("jvm_memory_used_bytes");

        HttpResponse<String> chat =
            post(http + "/v1/chat/completions", Words.request("echo", "Who is there?"));
        assertThat(chat.statusCode()).as(chat.body()).isEqualTo(200);
        assertThat(chat.body()).contains(Words.ECHO_SAYS + "Who is there?");

        RelevoProcess submit =
            RelevoProcess.run(folder, "submit", "--bootstrap", kafka, "Tell me a story");
        assertThat(submit.exitCode()).as(submit.err()).isZero();
        assertThat(submit.out()).contains("echo").endsWith("Tell me a story");

        RelevoProcess nodes = RelevoProcess.run(folder, "nodes", "--bootstrap", kafka);
        assertThat(nodes.out()).contains("attic-1", "attic-2", "ready", "echo");

        RelevoProcess drain = RelevoProcess.run(folder, "drain", "--bootstrap", kafka, "attic-2");
        assertThat(drain.exitCode()).as(drain.err()).isZero();
        RelevoProcess rest = RelevoProcess.run(folder, "nodes", "--bootstrap", kafka);
        assertThat(rest.out()).contains("attic-1").doesNotContain("attic-2");
        assertThat(get(http + "/readyz").body()).isEqualTo("ready\n");

        house.interrupt();
        assertThat(house.exitCode()).as(house.err()).isEqualTo(ExitCode.INTERRUPTED);
        assertNoStackTrace(house);
      }
      try (RelevoProcess again = RelevoProcess.start(folder, up)) {
        assertThat(again.ready()).contains("attic-1");
        again.terminate();
        assertThat(again.exitCode()).as(again.err()).isZero();
      }
      assertThat(folder.resolve("data")).isDirectory();
    }

    @Test
    void ctrlCCancelsAJobThatRuns() throws Exception {
      String settings = RelevoProcess.echoSettings(folder, "attic").toString();
      try (RelevoProcess house =
          RelevoProcess.start(
              folder, "up", "-c", settings, "--port", "0", "--kafka-port", "0", "--nodes", "1")) {
        String kafka = find(KAFKA, 1, house.ready());
        String words = "word ".repeat(200);
        try (RelevoProcess submit =
            RelevoProcess.start(
                folder, "submit", "--json", "-m", "echo-slow", "--bootstrap", kafka, words)) {
          submit.line("{\"type\":\"chunk\"");

          submit.interrupt();

          assertThat(submit.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
          assertThat(submit.err()).contains("Cancelled job");
          assertThat(submit.out()).doesNotContain("\"done\"");
        }
      }
    }

    @Test
    void badSettingsAndABusyFolderEndWithTwo() throws Exception {
      Path wrong = Files.writeString(folder.resolve("wrong.yaml"), "nod:\n  id: 3\n");
      RelevoProcess settings = RelevoProcess.run(folder, "up", "-c", wrong.toString());
      assertThat(settings.exitCode()).isEqualTo(ExitCode.WRONG_USE);
      assertThat(settings.err()).contains("wrong.yaml:1").contains("did you mean");
      assertNoStackTrace(settings);

      try (RelevoProcess broker = RelevoProcess.start(folder, "broker", "--kafka-port", "0")) {
        broker.ready();
        RelevoProcess second = RelevoProcess.run(folder, "broker", "--kafka-port", "0");
        assertThat(second.exitCode()).isEqualTo(ExitCode.WRONG_USE);
        assertThat(second.err()).contains("in use");
        assertNoStackTrace(second);
      }
    }
  }

  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  class SeparateProcesses {
    private static final int PARTITION = 3;

    private Path folder;
    private RelevoProcess broker;
    private RelevoProcess dispatcher;
    private String kafka;

    @BeforeAll
    void start(@TempDir Path shared) throws Exception {
      folder = shared;
      broker = RelevoProcess.start(folder, "broker", "--kafka-port", "0");
      kafka = find(KAFKA, 1, broker.ready());
      dispatcher = RelevoProcess.start(folder, "dispatcher", "--bootstrap", kafka);
      dispatcher.ready();
    }

    @AfterAll
    void stop() {
      dispatcher.close();
      broker.close();
    }

    private RelevoProcess node(String id) throws Exception {
      Path settings = RelevoProcess.echoSettings(folder, id);
      return RelevoProcess.start(folder, "node", "-c", settings.toString(), "--bootstrap", kafka);
    }

    @Test
    void aPlainProducerGetsItsAnswerWhereItAskedForIt() throws Exception {
      try (RelevoProcess node = node("cellar");
          PlainProducer producer = new PlainProducer(kafka)) {
        node.ready();

        String topic =
            producer.submit(PlainProducer.jobId(), PARTITION, Words.request("echo", "Hello"));

        List<JsonNode> answer = producer.answer(topic);
        assertThat(answer.getFirst().path("type").asString()).isEqualTo("started");
        assertThat(answer.getLast().path("type").asString()).isEqualTo("done");
        assertThat(PlainProducer.text(answer)).endsWith("Hello");
        node.terminate();
        assertThat(node.exitCode()).as(node.err()).isZero();
      }
    }

    @Test
    void aBrokenRecordGoesToTheDeadLettersAndTheNextJobRuns() throws Exception {
      try (RelevoProcess node = node("porch");
          PlainProducer producer = new PlainProducer(kafka)) {
        node.ready();
        producer.send("broken", PARTITION, "no json", Map.of("relevo-priority", "high"));

        String topic =
            producer.submit(PlainProducer.jobId(), PARTITION, Words.request("echo", "Next"));

        assertThat(PlainProducer.text(producer.answer(topic))).endsWith("Next");
        ConsumerRecord<String, String> letter =
            producer
                .readTo("relevo.dead", PARTITION, record -> "no json".equals(record.value()))
                .getLast();
        assertThat(PlainProducer.header(letter, "relevo-dead"))
            .contains("\"malformed_record\"", "relevo-priority", "high");
        assertThat(PlainProducer.header(letter, "relevo-priority")).isEqualTo("high");
      }
    }

    @Test
    void aSecondNodeWithTheSameNameIsRefused() throws Exception {
      try (RelevoProcess first = node("tower")) {
        first.ready();

        try (RelevoProcess second = node("tower")) {
          assertThat(second.exitCode()).isEqualTo(ExitCode.WRONG_USE);
          assertThat(second.err()).contains("node id already registered").contains("tower");
          assertNoStackTrace(second);
        }
      }
    }
  }
}
