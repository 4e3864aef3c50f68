package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CohereAnswerTest {
  private static final String BEGIN =
      event(
          "message-start",
          "'id':'c1','delta':{'message':{'role':'assistant','content':[],'tool_plan':'',"
              + "'tool_calls':[],'citations':[]}}");

  @Test
  void readsTextAndThoughtsWhereverTheyAreCut() throws Exception {
    Answer answer =
        parse(
            BEGIN
                + content("start", 0, "'type':'thinking','thinking':''")
                + content("delta", 0, "'thinking':'Hm – '")
                + content("delta", 0, "'thinking':'grün?'")
                + event("content-end", "'index':0")
                + content("start", 1, "'type':'text','text':''")
                + content("delta", 1, "'text':'Grün '")
                + event("citation-start", "'index':0,'delta':{'message':{'citations':{}}}")
                + content("delta", 1, "'text':'🌍!'")
                + event("content-end", "'index':1")
                + end("COMPLETE")
                + "data: [DONE]\n\n");
    assertThat(answer.text()).isEqualTo("Grün 🌍!");
    assertThat(answer.reasoning()).isEqualTo("Hm – grün?");
    assertThat(answer.completion())
        .isEqualTo(new Completion.Finished(FinishReason.STOP, new Usage(70, 4), "asked"));
  }

  @Test
  void readsToolCallsWhereverTheyAreCut() throws Exception {
    Answer answer =
        parse(
            BEGIN
                + event("tool-plan-delta", "'delta':{'message':{'tool_plan':'I look.'}}")
                + call(
                    "start",
                    1,
                    "'id':'w_1','type':'function','function':{'name':'weather',"
                        + "'arguments':''}")
                + call("delta", 1, "'function':{'arguments':'{\\'city\\':'}")
                + call("delta", 1, "'function':{'arguments':'\\'Köln\\'}'}")
                + event("tool-call-end", "'index':1")
                + call(
                    "start",
                    2,
                    "'id':'t_1','type':'function','function':{'name':'time'," + "'arguments':'{}'}")
                + event("tool-call-end", "'index':2")
                + end("TOOL_CALL"));
    assertThat(answer.reasoning()).isEqualTo("I look.");
    assertThat(answer.toolCalls())
        .containsExactly(
            new Delta.ToolCall(0, "w_1", "function", new Delta.Function("weather", "")),
            new Delta.ToolCall(0, null, null, new Delta.Function(null, "{\"city\":")),
            new Delta.ToolCall(0, null, null, new Delta.Function(null, "\"Köln\"}")),
            new Delta.ToolCall(1, "t_1", "function", new Delta.Function("time", "{}")));
    assertThat(answer.finished().reason()).isEqualTo(FinishReason.TOOL_CALLS);
  }

  @ParameterizedTest
  @CsvSource({
    "COMPLETE,STOP",
    "STOP_SEQUENCE,STOP",
    "SOMETHING_NEW,STOP",
    "MAX_TOKENS,LENGTH",
    "TOOL_CALL,TOOL_CALLS"
  })
  void tellsWhyItEnded(String word, FinishReason reason) throws Exception {
    assertThat(parse(BEGIN + end(word)).finished().reason()).isEqualTo(reason);
  }

  @ParameterizedTest
  @CsvSource({"ERROR", "TIMEOUT"})
  void someEndsAreFailures(String word) throws Exception {
    String text = content("delta", 0, "'text':'Grün'");
    Answer answer =
        parse(
            BEGIN
                + text
                + event(
                    "message-end",
                    "'delta':{'finish_reason':'"
                        + word
                        + "','error':'upstream failure','usage':{}}"));
    assertThat(answer.text()).isEqualTo("Grün");
    assertThat(answer.fault()).isEqualTo(Fault.SERVER);
    assertThat(answer.failure().message()).contains("gpu-1 (Cohere at ", "upstream failure");
    assertThat(parse(BEGIN + text + end(word)).failure().message()).contains(word);
  }

  @Test
  void countsWhatIsBilledIfNothingElseIsCounted() throws Exception {
    Answer answer =
        parse(
            event(
                "message-end",
                "'delta':{'finish_reason':'COMPLETE','usage':{'billed_units':"
                    + "{'input_tokens':3.0,'output_tokens':1.0}}}"));
    assertThat(answer.finished().usage()).isEqualTo(new Usage(3, 1));
    assertThat(
            parse(event("message-end", "'delta':{'finish_reason':'COMPLETE'}")).finished().usage())
        .isNull();
  }

  @Test
  void onlyItsOwnEndIsAnEnd() {
    assertThatThrownBy(() -> parse(BEGIN + content("delta", 0, "'text':'x'") + "data: [DONE]\n\n"))
        .isInstanceOf(CutStreamException.class);
    assertThatThrownBy(() -> parse(BEGIN + event("message-end", "'delta':{}")))
        .isInstanceOf(CutStreamException.class)
        .hasMessageContaining("finish_reason");
  }

  private static Answer parse(String body) throws Exception {
    ServerName server = new ServerName("gpu-1", "Cohere", "https://api.cohere.com");
    return Answer.parseCutAnywhere(() -> new CohereApi().parser(server, "asked"), body);
  }

  private static String content(String what, int index, String fields) {
    return event(
        "content-" + what,
        "'index':" + index + ",'delta':{'message':{'content':{" + fields + "}}}");
  }

  private static String call(String what, int index, String fields) {
    return event(
        "tool-call-" + what,
        "'index':" + index + ",'delta':{'message':{'tool_calls':{" + fields + "}}}");
  }

  private static String end(String reason) {
    return event(
        "message-end",
        "'id':'c1','delta':{'finish_reason':'"
            + reason
            + "','usage':{'billed_units':{'input_tokens':3,'output_tokens':4},"
            + "'tokens':{'input_tokens':70.0,'output_tokens':4.0}}}");
  }

  /** With the name of the event in a line of its own, or without: both are seen. */
  private static String event(String name, String fields) {
    String data = "{'type':'" + name + "'," + fields + "}";
    return (name.startsWith("content") ? "" : "event: " + name + "\n")
        + "data: "
        + data.replace("\\'", "\\\"").replace('\'', '"')
        + "\n\n";
  }
}
