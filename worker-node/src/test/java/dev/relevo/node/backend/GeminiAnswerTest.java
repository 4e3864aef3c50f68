package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GeminiAnswerTest {
  private static final String TEXT = parts("{'text':'Grün '}") + parts("{'text':'🌍!'}");

  @Test
  void readsTextAndThoughtsWhereverTheyAreCut() throws Exception {
    Answer answer =
        parse(
            parts("{'text':'Hm – ','thought':true}")
                + parts("{'text':'grün?','thought':true},{'text':'Grün '}")
                + parts("{'text':'🌍!','thoughtSignature':'EqQB'}")
                + end("STOP"));
    assertThat(answer.text()).isEqualTo("Grün 🌍!");
    assertThat(answer.reasoning()).isEqualTo("Hm – grün?");
    assertThat(answer.completion())
        .isEqualTo(
            new Completion.Finished(
                FinishReason.STOP,
                new Usage(5, 7, new Usage.PromptDetails(2L), new Usage.CompletionDetails(4L)),
                "gemini-x"));
  }

  @Test
  void toolCallsComeWholeAndEndAsToolCalls() throws Exception {
    Answer answer =
        parse(
            parts("{'functionCall':{'name':'weather','args':{'city':'Köln'}}}")
                + parts("{'functionCall':{'id':'f2','name':'time'}}")
                + end("STOP"));
    assertThat(answer.toolCalls())
        .containsExactly(
            new Delta.ToolCall(
                0,
                answer.toolCalls().getFirst().id(),
                "function",
                new Delta.Function("weather", "{\"city\":\"Köln\"}")),
            new Delta.ToolCall(1, "f2", "function", new Delta.Function("time", "{}")));
    assertThat(answer.toolCalls().getFirst().id()).startsWith("call_").endsWith("_0");
    assertThat(answer.finished().reason()).isEqualTo(FinishReason.TOOL_CALLS);
  }

  @ParameterizedTest
  @CsvSource({
    "STOP,STOP",
    "SOMETHING_NEW,STOP",
    "MAX_TOKENS,LENGTH",
    "SAFETY,CONTENT_FILTER",
    "RECITATION,CONTENT_FILTER",
    "BLOCKLIST,CONTENT_FILTER",
    "PROHIBITED_CONTENT,CONTENT_FILTER",
    "SPII,CONTENT_FILTER",
    "LANGUAGE,CONTENT_FILTER",
    "IMAGE_SAFETY,CONTENT_FILTER",
    "IMAGE_PROHIBITED_CONTENT,CONTENT_FILTER",
    "IMAGE_RECITATION,CONTENT_FILTER"
  })
  void tellsWhyItEnded(String word, FinishReason reason) throws Exception {
    assertThat(parse(TEXT + end(word)).finished().reason()).isEqualTo(reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "MALFORMED_FUNCTION_CALL",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "OTHER",
        "NO_IMAGE",
        "IMAGE_OTHER",
        "FINISH_REASON_UNSPECIFIED"
      })
  void someReasonsAreBreaks(String word) {
    assertThatThrownBy(() -> parse(TEXT + end(word)))
        .isInstanceOf(CutStreamException.class)
        .hasMessageContaining(word);
  }

  @ParameterizedTest
  @ValueSource(strings = {"SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY"})
  void aBlockedQuestionIsFiltered(String word) throws Exception {
    Answer answer =
        parse(
            event(
                "'promptFeedback':{'blockReason':'"
                    + word
                    + "'},'usageMetadata':{'promptTokenCount':5,'totalTokenCount':5}"));
    assertThat(answer.finished().reason()).isEqualTo(FinishReason.CONTENT_FILTER);
    assertThat(answer.finished().usage()).isEqualTo(new Usage(5, 0));
  }

  @Test
  void anAnswerThatDoesNotTellWhyItStoppedWasCut() {
    assertThatThrownBy(() -> parse(TEXT))
        .isInstanceOf(CutStreamException.class)
        .hasMessageContaining("before its answer was whole");
    assertThatThrownBy(() -> parse("")).isInstanceOf(CutStreamException.class);
  }

  @Test
  void anErrorMayStandBetweenTheEventsOverManyLines() throws Exception {
    String error =
        "{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"The model is overloaded – {}.\","
            + "\n    \"status\": \"UNAVAILABLE\"\n  }\n}\n";
    for (String frame : new String[] {error, "[" + error + "]", error.replace("\n", "\r\n")}) {
      Answer answer = parse(TEXT + frame);
      assertThat(answer.text()).isEqualTo("Grün 🌍!");
      assertThat(answer.fault()).isEqualTo(Fault.SERVER);
      assertThat(answer.failure().message()).contains("gpu-1 (Gemini at ", "overloaded – {}");
    }
    assertThat(parse("data: " + error.replace("\n", " ") + "\n\n").fault()).isEqualTo(Fault.SERVER);
  }

  @Test
  void anErrorInTheStreamKeepsItsKind() throws Exception {
    String limit =
        "{'error':{'code':429,'message':'Quota','status':'RESOURCE_EXHAUSTED','details':["
            + "{'@type':'type.googleapis.com/google.rpc.RetryInfo','retryDelay':'34s'}]}}";
    Answer limited = parse(TEXT + limit.replace('\'', '"'));
    assertThat(limited.fault()).isEqualTo(Fault.RATE_LIMITED);
    assertThat(limited.failure().retryAfterMs()).isEqualTo(34_000);
    String key =
        "{'error':{'code':400,'message':'bad','status':'INVALID_ARGUMENT','details':["
            + "{'reason':'API_KEY_INVALID'}]}}";
    assertThat(parse(key.replace('\'', '"')).fault()).isEqualTo(Fault.CREDENTIALS);
  }

  private static Answer parse(String body) throws Exception {
    ServerName server = new ServerName("gpu-1", "Gemini", "https://g/v1beta");
    return Answer.parseCutAnywhere(() -> new GeminiApi().parser(server, "asked"), body);
  }

  private static String parts(String parts) {
    return event(
        "'candidates':[{'content':{'parts':["
            + parts
            + "],'role':'model'},'index':0}],"
            + "'usageMetadata':{'promptTokenCount':5,'candidatesTokenCount':1},"
            + "'modelVersion':'gemini-x','responseId':'r1'");
  }

  private static String end(String reason) {
    return event(
        "'candidates':[{'finishReason':'"
            + reason
            + "','index':0}],'usageMetadata':{'promptTokenCount':5,'candidatesTokenCount':3,"
            + "'thoughtsTokenCount':4,'cachedContentTokenCount':2,'totalTokenCount':12},'modelVersion':'gemini-x'");
  }

  private static String event(String fields) {
    return "data: {" + fields.replace('\'', '"') + "}\r\n\r\n";
  }
}
