package dev.relevo.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.gateway.batches.BatchRecord.Problem;
import dev.relevo.operator.batch.BoundedLines;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineCheckTest {
  private static LineCheck check(String file) throws IOException {
    LineCheck check = new LineCheck(new LineReader("/v1/chat/completions"));
    try (BoundedLines lines =
        new BoundedLines(
            new ByteArrayInputStream(file.getBytes(StandardCharsets.UTF_8)),
            LineCheck.MOST_LINE_BYTES)) {
      for (BoundedLines.Line line = lines.next(); line != null; line = lines.next()) {
        check.take(line);
      }
    }
    return check;
  }

  private static final String GOOD =
      """
      {"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[{"role":"user","content":"1"}]}}
      """;

  @Test
  void aGoodFileHasNamesAndAModel() throws Exception {
    LineCheck check = check(GOOD + "\n \n" + GOOD.replace("\"a\"", "\"b \u00e9\""));

    assertThat(check.problems()).isEmpty();
    assertThat(check.model()).isEqualTo("m");
    assertThat(check.names().size()).isEqualTo(2);
    assertThat(check.names().get(1)).isEqualTo("a");
    assertThat(check.names().get(2)).isEqualTo("b \u00e9");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      value = {
        "\"custom_id\":\"a\",|\"x\":1,|missing_required_parameter|custom_id",
        "\"a\"|7|invalid_value|custom_id",
        "\"a\"|\"\"|invalid_value|custom_id",
        "\"a\"|\"x\\ud800\"|invalid_value|custom_id",
        "POST|PO\\ud800|invalid_value|method",
        "/v1/chat/completions|/v1/\\ud800|invalid_value|url",
        "\"model\":\"m\"|\"model\":\"\\udc00\"|invalid_value|body.model",
        "POST|GET|invalid_method|method",
        "/v1/chat/completions|/v1/embeddings|invalid_url|url",
        "\"body\":{|\"bodi\":{|missing_required_parameter|body",
        "\"model\":\"m\",|\"x\":1,|missing_required_parameter|body.model",
        "\"model\":\"m\"|\"model\":3|invalid_value|body.model",
        "[{\"role\":\"user\",\"content\":\"1\"}]|[]|missing_required_parameter|body.messages",
        "\"model\":\"m\"|\"model\":\"m\",\"stream\":true|stream_not_supported|body.stream",
        "\"model\":\"m\"|\"model\":\"n\"|mismatched_model|body.model",
        "\"a\"|\"first\"|duplicate_custom_id|custom_id"
      })
  void whatIsWrongWithALine(String good, String bad, String code, String param) throws Exception {
    String first = GOOD.replace("\"a\"", "\"first\"");
    List<Problem> problems = check(first + "\n" + GOOD.replace(good, bad)).problems();

    assertThat(problems).hasSize(1);
    assertThat(problems.getFirst().code()).isEqualTo(code);
    assertThat(problems.getFirst().param()).isEqualTo(param);
    assertThat(problems.getFirst().line()).isEqualTo(3);
    assertThat(problems.getFirst().message()).isNotBlank();
  }

  @Test
  void whatIsRepeatedOfALineCanBeWrittenDown() throws Exception {
    String url = "/".repeat(99) + "\ud83e\udd89";
    List<Problem> problems = check(GOOD.replace("/v1/chat/completions", url)).problems();

    assertThat(problems.getFirst().message()).contains("'" + "/".repeat(99) + "…'");
    assertThat(
            BatchCodec.encode(
                new BatchRecord.Ended(
                    BatchStatus.FAILED, 1, 0, 0, 0, 0, 0, null, null, null, null, problems)))
        .isNotEmpty();
  }

  @Test
  void whatIsNoJsonIsToldWithItsPlace() throws Exception {
    assertThat(check(GOOD + "{\"custom_id\": oops}\n[1]\n").problems())
        .extracting(Problem::code, Problem::line)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("invalid_json_line", 2L),
            org.assertj.core.groups.Tuple.tuple("invalid_json_line", 3L));
    assertThat(check("[".repeat(100_000)).problems()).hasSize(1);
  }

  @Test
  void streamFalseAndNullAreFine() throws Exception {
    assertThat(check(GOOD.replace("\"m\"", "\"m\",\"stream\":false")).problems()).isEmpty();
    assertThat(check(GOOD.replace("\"m\"", "\"m\",\"stream\":null")).problems()).isEmpty();
  }

  @Test
  void anEmptyFileIsNone() throws Exception {
    assertThat(check("\n\n").problems()).extracting(Problem::code).containsExactly("empty_file");
  }

  @Test
  void fiftyThousandLinesAreTakenAndOneMoreIsNot() throws Exception {
    StringBuilder file = new StringBuilder();
    for (int line = 1; line <= LineCheck.MOST_LINES; line++) {
      file.append(GOOD.replace("\"a\"", "\"" + line + "\""));
    }
    LineCheck full = check(file.toString());
    assertThat(full.problems()).isEmpty();
    assertThat(full.names().get(LineCheck.MOST_LINES)).isEqualTo("50000");

    assertThat(check(file + GOOD).problems())
        .extracting(Problem::code)
        .containsExactly("too_many_tasks");
  }

  @Test
  void onlySoManyProblemsAreTold() throws Exception {
    assertThat(check("x\n".repeat(1_000)).problems()).hasSize(LineCheck.MOST_PROBLEMS);
  }
}
