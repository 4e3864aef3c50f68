package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.operator.DeadGist;
import dev.relevo.operator.DeadRecord;
import dev.relevo.operator.fixture.DeadLetters;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is printed of dead letters. */
class DeadTableTest {
  private static final String EVIL = "a\u001b[2J\u009b31m\r\n\u202eb\u0000\ud83d\ude00é";

  private final DeadRecord dead =
      DeadLetters.read(DeadLetters.letter("job-1", 3, 7), DeadLetters.BODY);
  private final DeadRecord broken =
      DeadLetters.read(DeadLetters.malformed("job-2", 3, 91), "no json");

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
    lines.forEach(DeadTableTest::assertHarmless);
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
}
