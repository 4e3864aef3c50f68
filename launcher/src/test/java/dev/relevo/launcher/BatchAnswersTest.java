package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.Usage;
import dev.relevo.operator.batch.OpenAiLines;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BatchAnswersTest {
  private static final ReplyRecord.Done DONE =
      new ReplyRecord.Done(3, FinishReason.STOP, new Usage(9, 1), "local", "m", 2);

  private final BatchAnswers answers =
      new BatchAnswers(InstantSource.fixed(Instant.ofEpochSecond(1_767_600_000)));

  private static BatchLine line(BatchFormat format) {
    return new WantedLine(
        17, "a", format, "0", null, List.of(), "default", 5, Lane.BATCH, null, "{}");
  }

  private static SortedMap<Integer, Delta> text(String... texts) {
    SortedMap<Integer, Delta> all = new TreeMap<>();
    for (String text : texts) {
      all.put(all.size(), Delta.text(text));
    }
    return all;
  }

  private static String text(byte[] line) {
    return new String(line, StandardCharsets.UTF_8);
  }

  @Test
  void aPlainAnswerIsShort() {
    assertThat(text(answers.done(line(BatchFormat.PLAIN), "j", text("Hello\n"), DONE)))
        .isEqualTo(
            "{\"id\":\"a\",\"line\":17,\"status\":\"done\",\"text\":\"Hello\\n\",\"finishReason\":\"stop\","
                + "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1},\"model\":\"m\","
                + "\"backend\":\"local\",\"attempts\":2,\"job\":\"j\"}");
    assertThat(text(answers.failed(line(BatchFormat.PLAIN), "j", "node_lost", "gone", 3)))
        .isEqualTo(
            "{\"id\":\"a\",\"line\":17,\"status\":\"failed\","
                + "\"error\":{\"code\":\"node_lost\",\"message\":\"gone\"},\"attempts\":3,\"job\":\"j\"}");
    assertThat(text(answers.cancelled(line(BatchFormat.PLAIN), "j", "Ctrl-C")))
        .contains("\"status\":\"cancelled\"", "\"code\":\"cancelled\",\"message\":\"Ctrl-C\"");
  }

  @Test
  void whatIsNoTextStandsInChoices() {
    SortedMap<Integer, Delta> calls = new TreeMap<>();
    calls.put(
        0,
        new Delta(
            null,
            "Let me see.",
            null,
            List.of(
                new Delta.ToolCall(
                    0, "call_1", "function", new Delta.Function("weather", "{\"city\":")),
                new Delta.ToolCall(0, null, null, new Delta.Function(null, "\"Turin\"}")),
                new Delta.ToolCall(1, "call_2", "function", new Delta.Function("time", "{}")))));

    assertThat(text(answers.done(line(BatchFormat.PLAIN), "j", calls, DONE)))
        .contains(
            "\"text\":\"\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":null,\"reasoning_content\":\"Let"
                + " me see.\",\"tool_calls\":[{\"id\":\"call_1\","
                + "\"type\":\"function\",\"function\":{\"name\":\"weather\","
                + "\"arguments\":\"{\\\"city\\\":\\\"Turin\\\"}\"}},{\"id\":\"call_2\"");
    assertThat(text(answers.done(line(BatchFormat.PLAIN), "j", text("one", "two"), DONE)))
        .contains(
            "\"text\":\"one\"",
            "{\"index\":1,\"message\":{\"role\":\"assistant\",\"content\":\"two\"}");
  }

  @Test
  void anOpenAiLineIsAnsweredAsOpenAiWould() {
    assertThat(text(answers.done(line(BatchFormat.OPENAI), "j", text("Hello"), DONE)))
        .isEqualTo(
            "{\"id\":\"batch_req_j\",\"custom_id\":\"a\",\"response\":{\"status_code\":200,"
                + "\"request_id\":\"j\",\"body\":{\"id\":\"chatcmpl-j\",\"object\":\"chat.completion\","
                + "\"created\":1767600000,\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":"
                + "{\"role\":\"assistant\",\"content\":\"Hello\",\"refusal\":null},\"logprobs\":null,"
                + "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1,"
                + "\"total_tokens\":10}}},\"error\":null}");
  }

  @Test
  void anOpenAiFailureHasAStatusWhereAServerWouldHaveAnswered() {
    assertThat(text(answers.failed(line(BatchFormat.OPENAI), "j", "invalid_request", "bad", 1)))
        .isEqualTo(
            "{\"id\":\"batch_req_j\",\"custom_id\":\"a\",\"response\":{\"status_code\":400,"
                + "\"request_id\":\"j\",\"body\":{\"error\":{\"message\":\"bad\","
                + "\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"invalid_request\"}}},"
                + "\"error\":null}");
    assertThat(text(answers.failed(line(BatchFormat.OPENAI), "j", "deadline_exceeded", "late", 0)))
        .isEqualTo(
            "{\"id\":\"batch_req_j\",\"custom_id\":\"a\",\"response\":null,"
                + "\"error\":{\"code\":\"batch_expired\",\"message\":\"late\"}}");
    assertThat(text(answers.cancelled(line(BatchFormat.OPENAI), "j", "why")))
        .contains("\"response\":null,\"error\":{\"code\":\"batch_cancelled\"");
  }

  @ParameterizedTest
  @CsvSource({
    "invalid_value, temperature is too hot, 400",
    "context_length_exceeded, too long, 400",
    "content_filter, stopped, 400",
    "model_not_found, no such model, 404",
    "rate_limit_exceeded, the deadline passes before the next attempt, 0",
    "attempts_exhausted, 3 of 3 attempts failed, 0",
    "node_lost, it died, 0",
    "no_answer, nothing came, 0"
  })
  void whatABackendRefusedHasAStatusUnderAnyCode(String code, String message, int status) {
    JsonNode read =
        JsonMapper.shared()
            .readTree(answers.failed(line(BatchFormat.OPENAI), "j", code, message, 1));
    JsonNode response = read.path("response");

    assertThat(response.path("status_code").asInt(0)).isEqualTo(status);
    assertThat((status == 0 ? read : response.path("body")).path("error").path("code").asString(""))
        .isEqualTo(code);
  }

  /** As for whoever asks without a batch. */
  @ParameterizedTest
  @CsvSource({
    "context_length_exceeded, too long, context_length_exceeded, messages",
    "exceed_context_size_error, too long, context_length_exceeded, messages",
    "context_too_long, too long, context_length_exceeded, messages",
    "invalid_request, x answered 400: Prompt is too long, context_length_exceeded, messages",
    "model_not_found, prompt is too long, model_not_found, model",
    "invalid_request, bad, invalid_request,"
  })
  void whatARefusalIsAboutIsTold(
      String failure, String message, String code, @Nullable String param) {
    JsonNode error =
        JsonMapper.shared()
            .readTree(answers.failed(line(BatchFormat.OPENAI), "j", failure, message, 1))
            .path("response")
            .path("body")
            .path("error");

    assertThat(error.path("code").asString()).isEqualTo(code);
    assertThat(error.path("param").asString(null)).isEqualTo(param);
    assertThat(error.path("message").asString()).isEqualTo(message);
  }

  @Test
  void knowsItsOwnLinesAgain() {
    for (BatchFormat format : BatchFormat.values()) {
      BatchLine line = line(format);
      assertThat(BatchAnswers.read(answers.done(line, "j", text("x"), DONE)))
          .isEqualTo(Optional.of(new BatchAnswers.Known("a", true)));
      for (byte[] bad :
          List.of(
              answers.failed(line, "j", "node_lost", "x", 3),
              answers.failed(line, null, OpenAiLines.INVALID_LINE, "x", 0),
              answers.cancelled(line, "j", "x"))) {
        assertThat(text(bad)).startsWith(BatchAnswers.BEGINNING);
        assertThat(BatchAnswers.read(bad))
            .isEqualTo(Optional.of(new BatchAnswers.Known("a", false)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "{\"id\":\"",
        "{\"id\":\"a\"}",
        "[]",
        "{\"id\":3,\"status\":\"done\"}",
        "{\"custom_id\":\"a\",\"body\":{}}",
        "{\"prompt\":\"x\"}"
      })
  void somebodyElsesLinesAreNotOurs(String line) {
    assertThat(BatchAnswers.read(line.getBytes(StandardCharsets.UTF_8))).isEmpty();
  }
}
