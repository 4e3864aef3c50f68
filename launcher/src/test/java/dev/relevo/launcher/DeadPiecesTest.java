package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.TopicNames;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Filters, the index, what is printed and what is sent. */
class DeadPiecesTest {
  private static final String EVIL = "a\u001b[2J\u009b31m\r\n\u202eb\u0000\ud83d\ude00é";

  private static DeadFilter named(String... names) {
    return new DeadFilter(Set.of(names), null, null, null, null, null);
  }

  private static DeadFilter model(String model) {
    return new DeadFilter(Set.of(), null, null, model, null, null);
  }

  private static DeadFilter error(String error) {
    return new DeadFilter(Set.of(), null, null, null, error, null);
  }

  private final DeadRecord dead =
      DeadLetters.read(DeadLetters.letter("job-1", 3, 7), DeadLetters.BODY);
  private final DeadRecord broken =
      DeadLetters.read(DeadLetters.malformed("job-2", 3, 91), "no json");

  @Test
  void filtersByNameOfJobOrLetter() {
    assertThat(DeadFilter.ALL.matches(dead)).isTrue();
    assertThat(named("job-1").matches(dead)).isTrue();
    assertThat(named("other", "3.118.7").matches(dead)).isTrue();
    assertThat(named("job-2").matches(dead)).isFalse();
    assertThat(named("3.batch.91").matches(broken)).isTrue();
  }

  @Test
  void filtersByModelAndErrorAndTenantAndTime() {
    assertThat(model("m").matches(dead)).isTrue();
    assertThat(model("m*").matches(dead)).isTrue();
    assertThat(model("mm").matches(dead)).isFalse();
    assertThat(model("*").matches(broken)).as("it named none").isFalse();
    assertThat(error("attempts_exhausted").matches(dead)).isTrue();
    assertThat(error("node_lost").matches(dead)).as("the last attempt's").isTrue();
    assertThat(error("backend_error").matches(dead)).isFalse();
    DeadFilter tenant = new DeadFilter(Set.of(), null, null, null, null, "default");
    assertThat(tenant.matches(dead)).isTrue();
    assertThat(tenant.matches(broken)).isFalse();
    long died = DeadLetters.DIED_MS;
    assertThat(new DeadFilter(Set.of(), died, null, null, null, null).matches(dead)).isTrue();
    assertThat(new DeadFilter(Set.of(), died + 1, null, null, null, null).matches(dead)).isFalse();
    assertThat(new DeadFilter(Set.of(), null, died + 1, null, null, null).matches(dead)).isTrue();
    assertThat(new DeadFilter(Set.of(), null, died, null, null, null).matches(dead)).isFalse();
  }

  @Test
  void allThatIsNamedHasToBeTrue() {
    assertThat(new DeadFilter(Set.of("job-1"), 0L, null, "m", "node_lost", "default").matches(dead))
        .isTrue();
    assertThat(new DeadFilter(Set.of("job-1"), 0L, null, "m", "node_lost", "shop").matches(dead))
        .isFalse();
  }

  @Test
  void theIndexKnowsWhatCountsAsAMapWould() {
    Random random = new Random(7);
    DeadIndex index = new DeadIndex(20_000);
    Map<String, Long> expected = new HashMap<>();
    List<String> keys = new ArrayList<>();
    for (long offset = 0; offset < 40_000; offset++) {
      String key = "3." + random.nextInt(4) + "." + random.nextInt(4_000);
      keys.add(key);
      if (random.nextInt(4) == 0) {
        index.gone(key);
        expected.remove(key);
      } else {
        index.letter(key, offset);
        expected.put(key, offset);
      }
    }
    for (int offset = 0; offset < keys.size(); offset++) {
      String key = keys.get(offset);
      Long newest = expected.get(key);
      assertThat(index.counts(key, offset)).isEqualTo(newest != null && newest == offset);
    }
    assertThat(index.counts("never", 1)).isFalse();
  }

  @Test
  void theIndexIsBounded() {
    DeadIndex index = new DeadIndex(2);
    index.letter("a", 0);
    index.letter("b", 1);
    index.letter("a", 2);

    assertThatThrownBy(() -> index.letter("c", 3)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatCouldSteerATerminalIsShownAsItsCode() {
    assertThat(PlainText.line(EVIL))
        .isEqualTo("a\\u001b[2J\\u009b31m\\u000d\\u000a\\u202eb\\u0000\ud83d\ude00é");
    assertThat(PlainText.lines("a\nb\r\u001b")).isEqualTo("a\nb\\u000d\\u001b");
    assertThat(PlainText.line("\ud83d")).isEqualTo("\\ud83d");
    assertThat(PlainText.line("abcdef", 4)).isEqualTo("abc…");
    assertThat(PlainText.line("abcd", 4)).isEqualTo("abcd");
    assertThat(PlainText.line("\u001b".repeat(9), 4)).hasSize(4);
  }

  private static DeadRecord evil() {
    DeadLetter letter =
        new DeadLetter(
            EVIL,
            EVIL,
            EVIL,
            null,
            DeadLetters.malformed("", 0, 0).lane(),
            3,
            1,
            EVIL,
            EVIL,
            DeadLetters.DIED_MS,
            List.of());
    return DeadLetters.read(letter, EVIL, "x" + EVIL, EVIL);
  }

  private static void assertHarmless(String line) {
    assertThat(line).doesNotContain("\u001b", "\u009b", "\u202e", "\r", "\u0000");
  }

  @Test
  void nothingOfALetterIsPrintedRaw() {
    List<String> lines = new ArrayList<>();
    DeadTable table = new DeadTable(lines::add);
    table.add(evil());
    table.end();
    lines.addAll(DeadDetails.lines(evil()));
    lines.forEach(DeadPiecesTest::assertHarmless);
    assertThat(lines).noneMatch(line -> line.contains("\n"));
    for (String json : List.of(DeadTable.json(evil()), DeadDetails.json(evil()))) {
      assertHarmless(json);
      assertThat(json).doesNotContain("\n");
      assertThat(JsonMapper.shared().readTree(json).path("job").asString()).isEqualTo(EVIL);
    }
  }

  @Test
  void theTableHasWideEnoughColumnsAndPrintsAsItGoes() {
    List<String> lines = new ArrayList<>();
    DeadTable table = new DeadTable(lines::add);
    table.end();
    assertThat(lines).isEmpty();
    for (int i = 0; i < AlignedRows.ROWS_MEASURED - 1; i++) {
      table.add(dead);
    }
    assertThat(lines).isEmpty();
    table.add(broken);
    table.add(broken);
    assertThat(lines).hasSize(AlignedRows.ROWS_MEASURED + 2);
    table.end();

    assertThat(lines).hasSize(AlignedRows.ROWS_MEASURED + 2);
    assertThat(lines.getFirst()).matches("JOB +WHEN +MODEL +ERROR +ATTEMPTS +REASON");
    assertThat(lines.get(1))
        .isEqualTo(
            "job-1  2026-01-01T00:00:40Z  m      attempts_exhausted (node_lost)  1         3 of 3"
                + " attempts failed");
    assertThat(lines.getLast()).contains("job-2", "malformed_record", "the value is not JSON");
  }

  @Test
  void detailsTellAllThatIsKnown() {
    DeadRecord record =
        DeadLetters.read(
            DeadLetters.letter("job-1", 3, 7), DeadLetters.BODY, "relevo-tenant", "shop");

    assertThat(String.join("\n", DeadDetails.lines(record)))
        .contains(
            "job-1",
            "attempts_exhausted",
            "3 of 3 attempts failed",
            "lane jobs, partition 3, offset 7",
            "3.118.7, partition 3, offset 7",
            "Replay  yes",
            "relevo-tenant: shop",
            "node attic, backend ollama, model m: node_lost",
            "node attic is gone",
            "2026-01-01T00:00:10Z to 2026-01-01T00:00:40Z (30000 ms)",
            "\"messages\" : [ ]")
        .doesNotContain(HeaderNames.DEAD + ":");
    JsonNode json = JsonMapper.shared().readTree(DeadDetails.json(record));
    assertThat(json.path("request").asString()).isEqualTo(DeadLetters.BODY);
    assertThat(json.path("letter").path("attempts").path(0).path("node").asString())
        .isEqualTo("attic");
    assertThat(json.path("headers").path(0).path("value").asString()).isEqualTo("shop");
  }

  @Test
  void aLongRequestIsCutAndBytesThatAreNoTextAreKept() {
    String endless = "x".repeat(3 << 20);
    List<String> lines =
        DeadDetails.lines(DeadLetters.read(DeadLetters.letter("j", 3, 7), endless));
    assertThat(lines.stream().mapToInt(String::length).sum())
        .isLessThan(DeadDetails.MOST_BODY + 2_000);
    assertThat(lines.getLast()).contains("cut here");

    DeadLetter letter = DeadLetters.letter("j", 3, 7);
    DeadRecord bytes =
        new DeadRecord(
            3,
            7,
            0,
            "3.118.7",
            DeadLetters.record("t", letter, "").headers(),
            new byte[] {(byte) 0xff},
            DeadGist.of(letter),
            "");
    assertThat(DeadDetails.json(bytes)).contains("\"requestBase64\":\"/w==\"");
  }

  private static String header(ProducerRecord<String, byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }

  @Test
  void aReplayIsTheJobItselfWithItsLettersFence() {
    DeadRecord record =
        DeadLetters.read(
            DeadLetters.letter("job-1", 3, 7),
            DeadLetters.BODY,
            "own",
            "kept",
            HeaderNames.REPLAY,
            "3.1.1",
            HeaderNames.DEADLINE,
            "1767225640000",
            HeaderNames.REPLY_TOPIC,
            "relevo.replies.a",
            HeaderNames.MODEL,
            "m");
    TopicNames topics = new TopicNames("relevo");

    ProducerRecord<String, byte[]> plain = DeadReplay.record(record, null, null, topics);
    assertThat(plain.topic()).isEqualTo("relevo.jobs");
    assertThat(plain.partition()).isEqualTo(3);
    assertThat(plain.key()).isEqualTo("job-1");
    assertThat(new String(plain.value(), StandardCharsets.UTF_8)).isEqualTo(DeadLetters.BODY);
    assertThat(header(plain, HeaderNames.REPLAY)).isEqualTo("3.118.7");
    assertThat(header(plain, HeaderNames.MODEL)).isEqualTo("m");
    assertThat(header(plain, "own")).isEqualTo("kept");
    assertThat(plain.headers())
        .extracting(Header::key)
        .containsExactlyInAnyOrder("own", HeaderNames.MODEL, HeaderNames.REPLAY);

    ReplyPlace place = new ReplyPlace("relevo.replies.a", 0, 42);
    ProducerRecord<String, byte[]> other = DeadReplay.record(record, "n", place, topics);
    assertThat(header(other, HeaderNames.MODEL)).isEqualTo("n");
    assertThat(header(other, HeaderNames.REPLY_TOPIC)).isEqualTo("relevo.replies.a");
    assertThat(header(other, HeaderNames.REPLY_OFFSET)).isEqualTo("42");
    assertThat(DeadReplay.firstPlace(record)).isEqualTo(new ReplyPlace("relevo.replies.a", 0, 0));
  }

  @Test
  void whatNeverBecameAJobOrLostItsRequestIsToldApart() {
    assertThat(dead.obstacle()).isEmpty();
    assertThat(broken.obstacle()).hasValue("its record never became a job: the value is not JSON");
    assertThat(DeadLetters.read(DeadLetters.letter("j", 3, 7), "").obstacle().orElseThrow())
        .contains("deleted");
    assertThat(evil().name())
        .as("an id nobody can type")
        .isEqualTo("3.jobs.1".replace("jobs", "batch"));
    assertThat(
            new DeadRecord(0, 0, 0, "k", new RecordHeaders(), new byte[1], null, "odd").obstacle())
        .hasValue("odd");
  }

  @Test
  void aRateIsANumberASecond() {
    assertThat(Pace.perSecond(null)).isInfinite();
    assertThat(Pace.perSecond("10/s")).isEqualTo(10);
    assertThat(Pace.perSecond("0.5")).isEqualTo(0.5);
    assertThat(Pace.perSecond("90/m")).isEqualTo(1.5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0/s", "fast", "-1/s", "", "10/d"})
  void whatIsNoRateIsWrongUse(String rate) {
    assertThatThrownBy(() -> Pace.perSecond(rate))
        .isInstanceOf(CommandProblem.class)
        .hasMessageContaining("10/s");
  }
}
