package dev.relevo.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Real processes, and a partition full of records made to break them: every one is told of and laid
 * aside as it came, and every good job between them is answered.
 */
class PoisonIT {
  private static final String EVIL = "\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e\u0000";
  private static final String GOOD =
      "{\"model\":\"echo\",\"messages\":[{\"role\":\"user\"," + "\"content\":\"all is well\"}]}";
  private static final int LANE_LIMIT = 8 << 20;

  @TempDir Path folder;

  private final Map<String, Poison> poison = new LinkedHashMap<>();
  private final List<LiveAnswer> good = new ArrayList<>();
  private InboxReader inbox;
  private RawProducer producer;

  /** A record and what must become of it; nobody compares two of them. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Poison(
      byte @Nullable [] key,
      byte @Nullable [] value,
      Map<String, byte[]> headers,
      String code,
      boolean isTold) {}

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private void goodJob() throws Exception {
    String job = "good-" + good.size();
    good.add(inbox.answer(job));
    producer.send(
        "relevo.jobs",
        0,
        bytes(job),
        bytes(GOOD),
        Map.of("relevo-reply-topic", bytes(inbox.topic())));
  }

  private void poison(String name, Poison made) throws Exception {
    long offset = producer.send("relevo.jobs", 0, made.key, made.value, made.headers);
    poison.put("0.jobs." + offset, made);
    System.out.println("sent " + name + " as 0.jobs." + offset);
    goodJob();
  }

  private Map<String, byte[]> headers(String... more) {
    Map<String, byte[]> headers = new LinkedHashMap<>();
    headers.put("relevo-reply-topic", bytes(inbox.topic()));
    for (int i = 0; i < more.length; i += 2) {
      headers.put(more[i], bytes(more[i + 1]));
    }
    return headers;
  }

  private void malformed(String name, @Nullable String key, String body, String... more)
      throws Exception {
    poison(
        name,
        new Poison(
            key == null ? null : bytes(key),
            bytes(body),
            headers(more),
            "malformed_record",
            key != null && !key.isEmpty()));
  }

  private void sendPoison() throws Exception {
    malformed("no key", null, GOOD);
    malformed("empty key", "", GOOD);
    malformed("control characters in the id", "id" + EVIL, GOOD);
    malformed("an id of 129 characters", "i".repeat(129), GOOD);
    malformed("no JSON", "no-json", "{" + EVIL);
    malformed("deep JSON", "deep", "{\"a\":" + "[".repeat(10_000));
    malformed("a model of megabytes", "model", "{\"model\":\"" + "m".repeat(3 << 20) + "\"}");
    malformed("a broken number", "priority", GOOD, "relevo-priority", "high");
    malformed("a header of control characters", "tenant", GOOD, "relevo-tenant", EVIL);
    malformed("a huge header", "huge", GOOD, "relevo-session", "s".repeat(2 << 20));
    malformed("a broken fence", "fence", GOOD, "relevo-replay", "x".repeat(4_000));
    malformed("nearly the lane's limit", "large", "x".repeat(LANE_LIMIT - 1_000));
    poison("no value", new Poison(bytes("no-value"), null, headers(), "malformed_record", true));
    poison(
        "an id that is no UTF-8",
        new Poison(
            new byte[] {(byte) 0xff, (byte) 0xfe},
            bytes(GOOD),
            headers(),
            "malformed_record",
            true));
    for (String topic : List.of("relevo.jobs", "other.topic", "relevo.replies.a/b")) {
      poison(
          "reply topic " + topic,
          new Poison(
              bytes("forbidden"),
              bytes(GOOD),
              Map.of("relevo-reply-topic", bytes(topic)),
              "forbidden_reply_place",
              false));
    }
  }

  /** Records that are no poison but look like it: they run. */
  private void sendOddities() throws Exception {
    Map<String, byte[]> many = headers();
    for (int i = 0; i < 5_000; i++) {
      many.put("x-" + i, bytes(EVIL));
    }
    for (String id : List.of("i".repeat(128), "\u00e4\u20ac".repeat(64))) {
      good.add(inbox.answer(id));
      producer.send("relevo.jobs", 0, bytes(id), bytes(GOOD), many);
    }
    goodJob();
    // The same id again, and reply topics that are not there: nobody else notices.
    producer.send("relevo.jobs", 0, bytes("good-0"), bytes(GOOD), headers());
    for (int i = 0; i < 20; i++) {
      producer.send(
          "relevo.jobs",
          0,
          bytes("unheard-" + i),
          bytes(GOOD),
          Map.of("relevo-reply-topic", bytes("relevo.replies." + PlainProducer.jobId())));
    }
    goodJob();
  }

  private void sendGarbage() throws Exception {
    for (String topic :
        List.of("events", "state", "dead", "control", "heartbeats", "assignments")) {
      for (byte[] value : new byte[][] {null, bytes(""), bytes("null"), bytes(EVIL), bytes("{}")}) {
        for (byte[] key : new byte[][] {null, bytes("k" + EVIL)}) {
          if (key != null || (!topic.equals("state") && !topic.equals("dead"))) {
            producer.send(
                "relevo." + topic, 0, key, value, Map.of("relevo-fence", bytes("0.x" + EVIL)));
          }
        }
      }
    }
    producer.send(
        "relevo.heartbeats",
        0,
        bytes("far"),
        bytes(
            """
            {"type":"node","node":"far","incarnation":"i","slot":1000000,"position":0,
             "state":"READY","capacity":1000,"intervalMs":100000,"attempts":{},"backends":[{"name":
             "b","type":"echo","models":["echo"],"priority":1,"weight":1,"health":"AVAILABLE",
             "breaker":"CLOSED"}]}
            """),
        Map.of());
    producer.send(
        "relevo.state",
        0,
        bytes("forged"),
        bytes(
            """
            {"type":"job","epoch":0,"status":"QUEUED","lane":"jobs","offset":999999,"fence":"no",
             "assigned":true,"attemptsUsed":0,"deadlineMs":1,"readyAtMs":0,"updatedAtMs":1}
            """),
        Map.of());
    String endless = "because ".repeat(100_000);
    producer.send(
        "relevo.control",
        0,
        bytes("good-0"),
        bytes("{\"type\":\"cancel\",\"job\":\"cancelled\",\"reason\":\"" + endless + "\"}"),
        Map.of());
  }

  @Test
  void everyPoisonedRecordIsLaidAsideAndEveryGoodJobIsAnswered() throws Exception {
    try (ProcessHouse house = new ProcessHouse(folder)) {
      RelevoProcess first = house.dispatcher();
      RelevoProcess attic = house.node("attic", 10, "500ms");
      RelevoProcess cellar = house.node("cellar", 10, "500ms");
      for (RelevoProcess process : List.of(first, attic, cellar)) {
        process.ready();
      }
      try (InboxReader reader = new InboxReader(house.kafka(), "relevo.inbox.poison");
          RawProducer raw = new RawProducer(house.kafka(), "none");
          RawProducer squeezing = new RawProducer(house.kafka(), "gzip")) {
        inbox = reader;
        producer = raw;
        sendGarbage();
        goodJob();
        sendPoison();
        sendOddities();
        long bomb =
            squeezing.send("relevo.jobs", 0, bytes("bomb"), bytes(" ".repeat(20 << 20)), headers());
        goodJob();

        for (LiveAnswer answer : good) {
          assertThat(answer.awaitEnd().dones()).describedAs(answer.job()).isOne();
        }
        Map<String, ConsumerRecord<String, byte[]>> letters =
            RawLetters.of(house.kafka(), poison.size() + 1);
        poison.forEach((key, made) -> isLaidAside(letters.get(key), made));
        JsonNode large = RawLetters.why(letters.get("0.jobs." + bomb));
        assertThat(large.path("message").asString()).contains("do not fit", "stands in the lane");
        told();
      }
      RelevoProcess heir = house.dispatcher();
      heir.ready();
      toolsPrintHarmlessly(house.kafka());
      for (RelevoProcess role : List.of(first, heir, attic, cellar)) {
        isQuiet(role);
      }
    }
  }

  private void told() throws Exception {
    for (Poison made : poison.values()) {
      byte[] key = made.key;
      if (made.isTold && key != null) {
        assertThat(inbox.answer(new String(key, UTF_8)).awaitEnd().code()).isEqualTo(made.code);
      }
    }
  }

  private static void isLaidAside(@Nullable ConsumerRecord<String, byte[]> letter, Poison made) {
    assertThat(letter).isNotNull();
    assertThat(RawLetters.why(letter).path("code").asString()).isEqualTo(made.code);
    assertThat(letter.value()).isEqualTo(made.value == null ? new byte[0] : made.value);
    Map<String, byte[]> headers = new LinkedHashMap<>();
    for (Header header : letter.headers()) {
      if (!header.key().equals("relevo-dead")) {
        headers.put(header.key(), header.value());
      }
    }
    assertThat(headers.keySet()).containsExactlyElementsOf(made.headers.keySet());
    headers.forEach((name, value) -> assertThat(value).isEqualTo(made.headers.get(name)));
  }

  private void toolsPrintHarmlessly(String bootstrap) throws Exception {
    for (List<String> tool :
        List.of(
            List.of("dead", "list"),
            List.of("dead", "list", "--json"),
            List.of("dead", "show", "tenant"),
            List.of("dead", "show", "no-json"),
            List.of("nodes"))) {
      List<String> arguments = new ArrayList<>(tool);
      arguments.addAll(List.of("--bootstrap", bootstrap));
      RelevoProcess process = RelevoProcess.run(folder, arguments.toArray(String[]::new));
      assertThat(process.exitCode()).describedAs("%s: %s", tool, process.err()).isZero();
      assertThat(process.out()).describedAs("%s", tool).isNotEmpty();
      isHarmless(process.out() + process.err());
    }
  }

  private static void isHarmless(String printed) {
    String steering =
        printed
            .chars()
            .filter(c -> (Character.isISOControl(c) && c != '\n' && c != '\t') || c == '\u202e')
            .mapToObj(Integer::toHexString)
            .distinct()
            .collect(Collectors.joining(" "));
    assertThat(steering).isEmpty();
  }

  private static void isQuiet(RelevoProcess role) {
    String printed = role.out() + "\n" + role.err();
    isHarmless(printed);
    assertThat(printed).doesNotContain("\tat ", "java.lang.", "Exception in thread");
    assertThat(printed.lines().filter(line -> line.contains(" ERROR "))).isEmpty();
  }
}
