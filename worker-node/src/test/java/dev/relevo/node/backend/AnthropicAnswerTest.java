package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnthropicAnswerTest {
  private static final String BEGIN =
      event(
          "message_start",
          "'message':{'id':'msg_1','type':'message','role':'assistant','model':'claude-x',"
              + "'content':[],'stop_reason':null,'usage':{'input_tokens':10,"
              + "'cache_creation_input_tokens':2,'cache_read_input_tokens':3,"
              + "'output_tokens':1}}");
  private static final String STOP = event("message_stop", "");

  @Test
  void readsTextAndThoughtsWhereverTheyAreCut() throws Exception {
    Answer answer =
        parse(
            BEGIN
                + block(0, "{'type':'thinking','thinking':'','signature':''}")
                + delta(0, "{'type':'thinking_delta','thinking':'Hm – '}")
                + event("ping", "")
                + delta(0, "{'type':'thinking_delta','thinking':'grün?'}")
                + delta(0, "{'type':'signature_delta','signature':'EqQB'}")
                + blockStop(0)
                + block(1, "{'type':'text','text':''}")
                + delta(1, "{'type':'text_delta','text':'Grün '}")
                + delta(1, "{'type':'citations_delta','citation':{}}")
                + delta(1, "{'type':'text_delta','text':'🌍!'}")
                + blockStop(1)
                + end("end_turn")
                + STOP);
    assertThat(answer.text()).isEqualTo("Grün 🌍!");
    assertThat(answer.reasoning()).isEqualTo("Hm – grün?");
    assertThat(answer.completion())
        .isEqualTo(
            new Completion.Finished(
                FinishReason.STOP,
                new Usage(15, 4, new Usage.PromptDetails(3L), null),
                "claude-x"));
  }

  @Test
  void numbersToolCallsAnewWhereverTheyAreCut() throws Exception {
    Answer answer =
        parse(
            BEGIN
                + block(0, "{'type':'text','text':'Let me see.'}")
                + blockStop(0)
                + block(1, "{'type':'tool_use','id':'toolu_1','name':'weather','input':{}}")
                + delta(1, "{'type':'input_json_delta','partial_json':''}")
                + delta(1, "{'type':'input_json_delta','partial_json':'{\\'city\\':'}")
                + delta(1, "{'type':'input_json_delta','partial_json':'\\'Köln\\'}'}")
                + blockStop(1)
                + block(2, "{'type':'tool_use','id':'toolu_2','name':'time','input':{}}")
                + blockStop(2)
                + end("tool_use")
                + STOP);
    assertThat(answer.text()).isEqualTo("Let me see.");
    assertThat(answer.toolCalls())
        .containsExactly(
            new Delta.ToolCall(0, "toolu_1", "function", new Delta.Function("weather", "")),
            new Delta.ToolCall(0, null, null, new Delta.Function(null, "{\"city\":")),
            new Delta.ToolCall(0, null, null, new Delta.Function(null, "\"Köln\"}")),
            new Delta.ToolCall(1, "toolu_2", "function", new Delta.Function("time", "")),
            new Delta.ToolCall(1, null, null, new Delta.Function(null, "{}")));
    assertThat(answer.finished().reason()).isEqualTo(FinishReason.TOOL_CALLS);
  }

  @ParameterizedTest
  @CsvSource({
    "end_turn,STOP",
    "stop_sequence,STOP",
    "pause_turn,STOP",
    "something_new,STOP",
    "max_tokens,LENGTH",
    "model_context_window_exceeded,LENGTH",
    "tool_use,TOOL_CALLS",
    "refusal,CONTENT_FILTER"
  })
  void tellsWhyItEnded(String word, FinishReason reason) throws Exception {
    assertThat(parse(BEGIN + end(word) + STOP).finished().reason()).isEqualTo(reason);
  }

  @Test
  void tellsWhyItRefuses() throws Exception {
    String end =
        event(
            "message_delta",
            "'delta':{'stop_reason':'refusal','stop_details':{'type':'refusal',"
                + "'explanation':'I will not.'}},'usage':{'output_tokens':0}");
    Answer answer = parse(BEGIN + end + STOP);
    assertThat(answer.pieces().getFirst().delta().refusal()).isEqualTo("I will not.");
    assertThat(answer.finished().reason()).isEqualTo(FinishReason.CONTENT_FILTER);
  }

  @Test
  void whatItDoesNotKnowIsPassedOver() throws Exception {
    Answer answer =
        parse(
            BEGIN
                + event("something_new", "'x':1")
                + block(0, "{'type':'server_tool_use','id':'s','name':'web_search','input':{}}")
                + delta(0, "{'type':'input_json_delta','partial_json':'{}'}")
                + blockStop(0)
                + end("end_turn")
                + STOP);
    assertThat(answer.pieces()).isEmpty();
    assertThat(answer.finished().reason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void anErrorInTheStreamIsAFailure() throws Exception {
    Answer answer =
        parse(
            BEGIN
                + delta(0, "{'type':'text_delta','text':'Grün'}")
                + event("error", "'error':{'type':'overloaded_error','message':'Overloaded'}"));
    assertThat(answer.text()).isEqualTo("Grün");
    AttemptFailure failure = answer.failure();
    assertThat(failure.message()).contains("gpu-1 (Anthropic at ", "Overloaded");
    assertThat(failure.retryable()).isTrue();
    AttemptFailure refused =
        parse(event("error", "'error':{'type':'invalid_request_error','message':'no'}")).failure();
    assertThat(refused.retryable()).isFalse();
    assertThat(refused.code()).isEqualTo(FailureCodes.INVALID_REQUEST);
  }

  @Test
  void onlyItsOwnEndIsAnEnd() {
    assertThatThrownBy(() -> parse(BEGIN + end("end_turn")))
        .isInstanceOf(MalformedStreamException.class)
        .hasMessageContaining("before its answer was whole");
    assertThatThrownBy(() -> parse(BEGIN + STOP))
        .isInstanceOf(MalformedStreamException.class)
        .hasMessageContaining("stop_reason");
  }

  @Test
  void aBrokenEventIsPassedOver() throws Exception {
    Answer answer =
        parse(BEGIN + "data: {broken\n\n" + end("end_turn") + STOP + "data: [DONE]\n\n");
    assertThat(answer.skipped()).isEqualTo(1);
    assertThat(answer.finished().reason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void anErrorInsteadOfAStreamIsAFailure() throws Exception {
    Answer answer =
        parse("{\n  \"type\": \"error\",\n  \"error\": {\"message\": \"Overloaded\"}\n}");
    assertThat(answer.failure().message()).contains("Overloaded");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "data: {broken\n\n", "data: 7\n\n", "{\"type\":\"message\"}", "<html>"})
  void whatIsNoAnswerIsRefused(String body) {
    assertThatThrownBy(() -> parse(body)).isInstanceOf(MalformedStreamException.class);
  }

  private static Answer parse(String body) throws Exception {
    ServerName server = new ServerName("gpu-1", "Anthropic", "https://api.anthropic.com");
    return Answer.parseCutAnywhere(
        () -> new EventAnswer(new AnthropicEvents(server, "asked")), body);
  }

  private static String block(int index, String block) {
    return event("content_block_start", "'index':" + index + ",'content_block':" + block);
  }

  private static String delta(int index, String delta) {
    return event("content_block_delta", "'index':" + index + ",'delta':" + delta);
  }

  private static String blockStop(int index) {
    return event("content_block_stop", "'index':" + index);
  }

  private static String end(String reason) {
    return event(
        "message_delta",
        "'delta':{'stop_reason':'"
            + reason
            + "','stop_sequence':null},'usage':{'output_tokens':4}");
  }

  private static String event(String name, String fields) {
    String data = "{'type':'" + name + "'" + (fields.isEmpty() ? "" : ",") + fields + "}";
    return "event: " + name + "\ndata: " + data.replace("\\'", "\\\"").replace('\'', '"') + "\n\n";
  }
}
