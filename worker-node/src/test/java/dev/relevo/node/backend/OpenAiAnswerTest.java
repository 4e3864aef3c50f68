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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiAnswerTest {
  private static final ServerName SERVER =
      new ServerName("gpu-1", "server", "http://localhost:8000");
  private static final String DONE = "data: [DONE]\n\n";
  private static final String TEXT =
      delta("{'role':'assistant','content':''}")
          + delta("{'reasoning':'Hm','reasoning_content':'Hm'}")
          + delta("{'reasoning_content':'…','content':null}")
          + delta("{'content':'Blau – '}")
          + ":\n\n"
          + delta("{'content':'grün 🌍'}");
  private static final String USAGE =
      event(
          "{'model':'gpt-x','choices':[],'usage':{'prompt_tokens':9,'completion_tokens':4,"
              + "'total_tokens':13}}");

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 64, 10_000})
  void readsChunksHoweverTheyAreSplit(int pieceBytes) throws Exception {
    Answer answer = parse(TEXT + finish("stop") + USAGE + DONE, pieceBytes);
    assertThat(answer.text()).isEqualTo("Blau – grün 🌍");
    assertThat(answer.reasoning()).isEqualTo("Hm…");
    assertThat(answer.completion())
        .isEqualTo(new Completion.Finished(FinishReason.STOP, new Usage(9, 4), "gpt-x"));
  }

  @Test
  void carriageReturnsAndMissingSpacesAreLegal() throws Exception {
    String body = (TEXT + finish("stop") + DONE).replace("data: ", "data:").replace("\n", "\r\n");
    assertThat(parse(body, 3).text()).isEqualTo("Blau – grün 🌍");
  }

  @ParameterizedTest
  @CsvSource({
    "stop,STOP",
    "eos,STOP",
    "repetition,STOP",
    "something-new,STOP",
    "length,LENGTH",
    "model_length,LENGTH",
    "tool_calls,TOOL_CALLS",
    "function_call,TOOL_CALLS",
    "content_filter,CONTENT_FILTER"
  })
  void tellsWhyItEnded(String word, FinishReason reason) throws Exception {
    assertThat(parse(TEXT + finish(word) + DONE).finished().reason()).isEqualTo(reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"error", "abort", "insufficient_system_resource"})
  void someReasonsAreBreaks(String word) {
    assertThatThrownBy(() -> parse(TEXT + finish(word) + DONE))
        .isInstanceOf(MalformedStreamException.class)
        .hasMessageContaining(word);
  }

  @Test
  void theEndMarkAloneDoesNotMakeAnAnswerWhole() {
    assertThatThrownBy(() -> parse(TEXT + DONE))
        .isInstanceOf(MalformedStreamException.class)
        .hasMessageContaining("finish_reason");
    assertThatThrownBy(() -> parse(TEXT + finish("") + DONE))
        .isInstanceOf(MalformedStreamException.class);
    assertThatThrownBy(() -> parse(DONE)).isInstanceOf(MalformedStreamException.class);
  }

  @Test
  void aCloseInTheMiddleIsNoEnd() {
    assertThatThrownBy(() -> parse(TEXT))
        .isInstanceOf(MalformedStreamException.class)
        .hasMessageContaining("before its answer was whole");
    assertThatThrownBy(() -> parse("")).isInstanceOf(MalformedStreamException.class);
  }

  @Test
  void aKnownReasonIsAnEndWithoutTheMarkAndAnUnknownOneIsNot() throws Exception {
    assertThat(parse(TEXT + finish("length")).finished().reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(parse((TEXT + finish("stop")).stripTrailing()).finished().reason())
        .isEqualTo(FinishReason.STOP);
    assertThatThrownBy(() -> parse(TEXT + finish("something-new")))
        .isInstanceOf(MalformedStreamException.class);
  }

  @Test
  void anErrorFrameBeforeTheEndMarkIsAFailure() throws Exception {
    Answer vllm =
        parse(
            TEXT
                + event("{'error':{'message':'Internal server error','param':null,'code':500}}")
                + DONE);
    assertThat(vllm.text()).isEqualTo("Blau – grün 🌍");
    assertThat(vllm.failure().retryable()).isTrue();
    assertThat(vllm.failure().code()).isEqualTo(FailureCodes.BACKEND_ERROR);
    assertThat(vllm.failure().message()).contains("gpu-1", "Internal server error");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data: {'error':'text'}\n\n",
        "event: error\ndata: {'error':{'message':'x'}}\n\n",
        "event: error\ndata: {'message':'x'}\n\n",
        "event: error\ndata: gone\n\n",
        "data: {'object':'error','message':'x','code':500}\n\n",
        "data: {'error':{'code':500,'message':'Compute error.','type':'server_error'}}",
        "data: {'choices':[],'x_groq':{'error':'over_capacity'}}\n\n",
        "{'error':{'message':'as one text, with status 200'}}",
        "[{'error':{'message':'x','code':503}}]"
      })
  void everyShapeOfErrorIsAFailure(String frame) throws Exception {
    assertThat(parse(frame.replace('\'', '"')).failure().retryable()).isTrue();
  }

  @Test
  void theCallersFaultInAStreamIsNotTriedAgain() throws Exception {
    Answer answer =
        parse(event("{'error':{'message':'too long','type':'exceed_context_size_error'}}"));
    assertThat(answer.failure().retryable()).isFalse();
    assertThat(answer.failure().code()).isEqualTo(FailureCodes.INVALID_REQUEST);
  }

  @Test
  void keepsSeveralAnswersApart() throws Exception {
    String body =
        choice(0, "'delta':{'content':'a'}")
            + choice(1, "'delta':{'content':'x'}")
            + choice(1, "'delta':{'content':'y'},'finish_reason':'stop'")
            + choice(0, "'delta':{'content':'b'},'finish_reason':'length'");
    Answer answer = parse(body + DONE);
    assertThat(answer.text(0)).isEqualTo("ab");
    assertThat(answer.text(1)).isEqualTo("xy");
    assertThat(answer.finished().reason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void oneOfSeveralAnswersThatIsNotWholeIsNoEnd() {
    String body =
        choice(0, "'delta':{'content':'a'},'finish_reason':'stop'")
            + choice(1, "'delta':{'content':'x'}");
    assertThatThrownBy(() -> parse(body + DONE)).isInstanceOf(MalformedStreamException.class);
  }

  @Test
  void passesFragmentsOfToolCallsOn() throws Exception {
    String body =
        delta(
                "{'tool_calls':[{'index':0,'id':'c1','type':'function',"
                    + "'function':{'name':'weather','arguments':''}}]}")
            + delta("{'tool_calls':[{'index':0,'function':{'arguments':'{\\'a\\''}}]}")
            + delta("{'tool_calls':[{'index':0,'function':{'arguments':':1}'}}]}")
            + finish("tool_calls");
    Answer answer = parse(body + DONE);
    assertThat(answer.toolCalls()).extracting(Delta.ToolCall::index).containsExactly(0, 0, 0);
    assertThat(answer.toolCalls().getFirst().id()).isEqualTo("c1");
    assertThat(answer.toolCalls().get(1).id()).isNull();
    assertThat(answer.toolCalls().get(1).function().arguments()).isEqualTo("{\"a\"");
    assertThat(answer.finished().reason()).isEqualTo(FinishReason.TOOL_CALLS);
  }

  @Test
  void numbersToolCallsThatHaveNoNumber() throws Exception {
    String body =
        delta("{'tool_calls':[{'id':'c1','function':{'name':'a','arguments':'{}'}}]}")
            + delta("{'tool_calls':[{'id':'c2','function':{'name':'b','arguments':{}}}]}")
            + finish("tool_calls");
    Answer answer = parse(body + DONE);
    assertThat(answer.toolCalls()).extracting(Delta.ToolCall::index).containsExactly(0, 1);
    assertThat(answer.toolCalls().get(1).function().arguments()).isEqualTo("{}");
  }

  @Test
  void readsRefusalsAndContentsMadeOfParts() throws Exception {
    String body =
        delta("{'refusal':'I will not.'}")
            + delta(
                "{'content':[{'type':'thinking','thinking':[{'type':'text','text':'hm'}]},"
                    + "{'type':'text','text':'ok'}]}")
            + finish("stop");
    Answer answer = parse(body + DONE);
    assertThat(answer.pieces().getFirst().delta().refusal()).isEqualTo("I will not.");
    assertThat(answer.reasoning()).isEqualTo("hm");
    assertThat(answer.text()).isEqualTo("ok");
  }

  @Test
  void tellsWhatWasCachedAndWhatWasThought() throws Exception {
    String counted =
        event(
            "{'choices':[],'usage':{'prompt_tokens':9,'completion_tokens':4,"
                + "'prompt_tokens_details':{'cached_tokens':8,'audio_tokens':0},"
                + "'completion_tokens_details':{'reasoning_tokens':3}}}");
    assertThat(parse(finish("stop") + counted + DONE).finished().usage())
        .isEqualTo(new Usage(9, 4, new Usage.PromptDetails(8L), new Usage.CompletionDetails(3L)));
    String untold = counted.replace("\"cached_tokens\":8,", "");
    assertThat(parse(finish("stop") + untold + DONE).finished().usage())
        .isEqualTo(new Usage(9, 4, null, new Usage.CompletionDetails(3L)));
  }

  @Test
  void takesGroqsOwnUsage() throws Exception {
    String body =
        event(
            "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}],"
                + "'x_groq':{'id':'r','usage':{'prompt_tokens':11,'completion_tokens':1.0}}}");
    assertThat(parse(body + DONE).finished().usage()).isEqualTo(new Usage(11, 1));
  }

  @Test
  void takesWhatLlamaServerCountsInAnyCase() throws Exception {
    String timed =
        event(
            "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}],"
                + "'timings':{'cache_n':2,'prompt_n':12,'predicted_n':5}}");
    assertThat(parse(timed + DONE).finished().usage())
        .isEqualTo(new Usage(14, 5, new Usage.PromptDetails(2L), null));
    assertThat(parse(timed + USAGE + DONE).finished().usage()).isEqualTo(new Usage(9, 4));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 1000})
  void readsAWholeCompletionFromAServerThatDoesNotStream(int pieceBytes) throws Exception {
    String body =
        "\n\n{'object':'chat.completion','model':'gpt-x','choices':[{'index':0,'message':{"
            + "'role':'assistant','content':'Grün','reasoning_content':'hm','tool_calls':["
            + "{'id':'c1','type':'function','function':{'name':'a','arguments':'{}'}}]},"
            + "'finish_reason':'tool_calls'}],'usage':{'prompt_tokens':1,'completion_tokens':2}}";
    Answer answer = parse(body.replace('\'', '"'), pieceBytes);
    assertThat(answer.text()).isEqualTo("Grün");
    assertThat(answer.toolCalls()).hasSize(1);
    assertThat(answer.completion())
        .isEqualTo(new Completion.Finished(FinishReason.TOOL_CALLS, new Usage(1, 2), "gpt-x"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"data: {broken\n\n", "{broken", "data: 7\n\n", "{}", "data: {}\n\n"})
  void whatIsNoAnswerIsRefused(String body) {
    assertThatThrownBy(() -> parse(body)).isInstanceOf(MalformedStreamException.class);
  }

  @Test
  void aBrokenEventAmongGoodOnesIsSkippedAndCounted() throws Exception {
    Answer answer = parse("data: {broken\n\n" + TEXT + "data: 7\n\n" + finish("stop") + DONE);
    assertThat(answer.text()).isEqualTo("Blau – grün 🌍");
    assertThat(answer.skipped()).isEqualTo(2);
    assertThat(answer.finished().reason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void aCutAnswerTellsWhatOfItCouldNotBeRead() {
    assertThatThrownBy(() -> parse("data: {broken\n\n" + TEXT + "data: {cut"))
        .isInstanceOf(MalformedStreamException.class)
        .hasMessageContaining("2 parts before could not be read");
  }

  @Test
  void nothingButBrokenEventsIsNotReadForEver() {
    assertThatThrownBy(() -> parse("data: x\n\n".repeat(Unreadable.MAX_SKIPPED + 1)))
        .isInstanceOf(MalformedStreamException.class)
        .hasMessageContaining("more than " + Unreadable.MAX_SKIPPED);
  }

  @Test
  void aPageOfAProxyIsNoAnswer() {
    assertThatThrownBy(() -> parse("\n <!DOCTYPE html><html><body>502 Bad Gateway</body></html>"))
        .isInstanceOf(MalformedStreamException.class)
        .hasMessageContaining("HTML");
  }

  @Test
  void readsTheSameWhereverTheBytesAreSplit() throws Exception {
    String body = (TEXT + USAGE + finish("stop")).replace("\n", "\r\n") + DONE.replace('\n', '\r');
    for (int at = 1; at < body.getBytes(StandardCharsets.UTF_8).length; at++) {
      Answer answer =
          Answer.parseInTwo(new OpenAiAnswer(new OpenAiChunks(SERVER, "asked")), body, at);
      assertThat(answer.text()).as("split at byte %d", at).isEqualTo("Blau – grün 🌍");
      assertThat(answer.completion())
          .isEqualTo(new Completion.Finished(FinishReason.STOP, new Usage(9, 4), "gpt-x"));
    }
  }

  @Test
  void brokenCharactersShowAsSuchAndLoseNothingElse() throws Exception {
    byte[] body = ("data: " + finish("stop").substring(6)).getBytes(StandardCharsets.UTF_8);
    byte[] bad =
        event("{'choices':[{'index':0,'delta':{'content':'a?b'}}]}")
            .getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bad.length; i++) {
      bad[i] = bad[i] == '?' ? (byte) 0xC3 : bad[i];
    }
    OpenAiAnswer answer = new OpenAiAnswer(new OpenAiChunks(SERVER, "asked"));
    answer.feed(bad, bad.length);
    assertThat(answer.next())
        .isInstanceOfSatisfying(
            Step.Piece.class, piece -> assertThat(piece.delta().content()).isEqualTo("a\uFFFDb"));
    assertThat(answer.next()).isNull();
    answer.feed(body, body.length);
    assertThat(answer.next()).isNull();
    answer.end();
    assertThat(answer.next()).isInstanceOf(Step.Ended.class);
  }

  @Test
  void anEventOfTenMegabytesIsRead() throws Exception {
    String text = "ä".repeat(5 * 1024 * 1024);
    Answer answer = parse(delta("{'content':'" + text + "'}") + finish("stop") + DONE, 16 * 1024);
    assertThat(answer.text()).hasSize(text.length()).isEqualTo(text);
  }

  private static Answer parse(String body) throws Exception {
    return parse(body, 10);
  }

  private static Answer parse(String body, int pieceBytes) throws Exception {
    return Answer.parse(new OpenAiAnswer(new OpenAiChunks(SERVER, "asked")), body, pieceBytes);
  }

  private static String delta(String delta) {
    return choice(0, "'delta':" + delta + ",'finish_reason':null");
  }

  private static String finish(String reason) {
    return choice(0, "'delta':{},'finish_reason':'" + reason + "'");
  }

  private static String choice(int index, String fields) {
    return event(
        "{'model':'gpt-x','usage':null,'choices':[{'index':" + index + "," + fields + "}]}");
  }

  private static String event(String data) {
    return "data: " + data.replace("\\'", "\\\"").replace('\'', '"') + "\n\n";
  }
}
