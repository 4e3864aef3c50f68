package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OllamaAnswerTest {
  private static final String TEXT =
      line("'message':{'role':'assistant','thinking':'Hm…'},'done':false")
          + line("'message':{'role':'assistant','content':'Blau'},'done':false")
          + "\n"
          + line("'message':{'role':'assistant','content':' – grün 🌍'},'done':false");
  private static final String END =
      line(
          "'message':{'role':'assistant','content':''},'done':true,'done_reason':'stop',"
              + "'total_duration':912000000,'prompt_eval_count':26,'eval_count':3");

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 64, 10_000})
  void readsLinesHoweverTheyAreSplit(int pieceBytes) throws Exception {
    Answer answer = Answer.parse(parser(), TEXT + END, pieceBytes);
    assertThat(answer.text()).isEqualTo("Blau – grün 🌍");
    assertThat(answer.reasoning()).isEqualTo("Hm…");
    assertThat(answer.completion())
        .isEqualTo(new Completion.Finished(FinishReason.STOP, new Usage(26, 3), "llama3.2"));
  }

  @Test
  void readsALastLineThatHasNoEnd() throws Exception {
    assertThat(Answer.parse(parser(), (TEXT + END).stripTrailing(), 10).finished().reason())
        .isEqualTo(FinishReason.STOP);
  }

  @Test
  void anAnswerWithoutItsLastLineWasCut() {
    assertThatThrownBy(() -> Answer.parse(parser(), TEXT, 10))
        .isInstanceOf(MalformedStreamException.class)
        .hasMessageContaining("before its answer was whole");
  }

  @Test
  void anErrorLineEndsTheAnswerAndKeepsWhatCameBefore() throws Exception {
    Answer answer = Answer.parse(parser(), TEXT + "{\"error\":\"an error: unexpected EOF\"}\n", 10);
    assertThat(answer.text()).isEqualTo("Blau – grün 🌍");
    assertThat(answer.failure().code()).isEqualTo(FailureCodes.BACKEND_ERROR);
    assertThat(answer.failure().retryable()).isTrue();
    assertThat(answer.failure().message())
        .contains("gpu-1", "http://localhost:11434", "unexpected EOF");
  }

  @Test
  void countsThatAreLeftOutAreZeroOrUnknown() throws Exception {
    String some = line("'message':{'content':''},'done':true,'eval_count':3");
    String none = line("'message':{'content':''},'done':true");
    assertThat(Answer.parse(parser(), some, 99).finished().usage()).isEqualTo(new Usage(0, 3));
    assertThat(Answer.parse(parser(), none, 99).finished().usage()).isNull();
  }

  @Test
  void tellsWhyItEnded() throws Exception {
    assertThat(reason("length")).isEqualTo(FinishReason.LENGTH);
    assertThat(reason("something-new")).isEqualTo(FinishReason.STOP);
  }

  @Test
  void toolCallsBecomeTextArgumentsAndTheirReason() throws Exception {
    String body =
        line(
                "'created_at':'2026-01-05T10:00:01Z','message':{'content':'','tool_calls':["
                    + "{'id':'call_ab','function':{'name':'weather','arguments':{'city':'Oslo'}}}]}")
            + line(
                "'created_at':'2026-01-05T10:00:02Z','message':{'tool_calls':["
                    + "{'function':{'name':'time','arguments':{}}}]},'done':true,"
                    + "'done_reason':'stop'");
    Answer answer = Answer.parse(parser(), body, 10);
    assertThat(answer.toolCalls().getFirst())
        .isEqualTo(
            new Delta.ToolCall(
                0, "call_ab", "function", new Delta.Function("weather", "{\"city\":\"Oslo\"}")));
    assertThat(answer.toolCalls().get(1).index()).isEqualTo(1);
    assertThat(answer.toolCalls().get(1).id()).startsWith("call_").endsWith("_1");
    assertThat(answer.finished().reason()).isEqualTo(FinishReason.TOOL_CALLS);
  }

  @Test
  void whatIsNoJsonIsNoAnswer() {
    assertThatThrownBy(() -> Answer.parse(parser(), "<html>hello</html>\n", 10))
        .isInstanceOf(MalformedStreamException.class)
        .hasMessageContaining("base-url");
  }

  @Test
  void aBrokenLineAmongGoodOnesIsSkippedAndCounted() throws Exception {
    Answer answer = Answer.parse(parser(), "{\"mess\n" + TEXT + "null\n" + END, 10);
    assertThat(answer.text()).isEqualTo("Blau – grün 🌍");
    assertThat(answer.skipped()).isEqualTo(2);
    assertThat(answer.finished().reason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void aCutAnswerTellsWhatOfItCouldNotBeRead() {
    assertThatThrownBy(() -> Answer.parse(parser(), "Not Found\n" + TEXT, 10))
        .isInstanceOf(MalformedStreamException.class)
        .hasMessageContaining("one part before could not be read");
  }

  @Test
  void readsTheSameWhereverTheBytesAreSplit() throws Exception {
    String body = TEXT.replace("\n", "\r\n") + END.replace('\n', '\r');
    for (int at = 1; at < body.getBytes(StandardCharsets.UTF_8).length; at++) {
      Answer answer = Answer.parseInTwo(parser(), body, at);
      assertThat(answer.text()).as("split at byte %d", at).isEqualTo("Blau – grün 🌍");
      assertThat(answer.finished().reason()).isEqualTo(FinishReason.STOP);
    }
  }

  private static FinishReason reason(String word) throws Exception {
    String line = line("'message':{'content':'x'},'done':true,'done_reason':'" + word + "'");
    return Answer.parse(parser(), line, 99).finished().reason();
  }

  private static AnswerParser parser() {
    return new OllamaAnswer(new ServerName("gpu-1", "Ollama", "http://localhost:11434"), "asked");
  }

  private static String line(String fields) {
    return ("{'model':'llama3.2'," + fields + "}\n").replace('\'', '"');
  }
}
