package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.Usage;
import dev.relevo.node.backend.WorkerInfo.Feature;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class GroqWorkerTest {
  private static final String BEGIN =
      choice("'delta':{'role':'assistant','content':''}", ",'x_groq':{'id':'req_01'}");
  private static final String USAGE =
      ",'x_groq':{'id':'req_01','usage':{'queue_time':0.01,'prompt_tokens':11,"
          + "'completion_tokens':4,'total_tokens':15}}";
  private static final String DONE = "data: [DONE]\n\n";

  private FakeServer server;

  @BeforeEach
  void start() throws Exception {
    server = new FakeServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void readsTextAndThoughtsWhereverTheyAreCut() throws Exception {
    Answer answer =
        parse(
            BEGIN
                + choice("'delta':{'reasoning':'Hm – '}", "")
                + choice("'delta':{'reasoning':'grün?'}", "")
                + choice("'delta':{'content':'Grün '}", "")
                + choice("'delta':{'content':'🌍!'}", "")
                + finish("stop")
                + DONE);
    assertThat(answer.text()).isEqualTo("Grün 🌍!");
    assertThat(answer.reasoning()).isEqualTo("Hm – grün?");
    assertThat(answer.completion())
        .isEqualTo(new Completion.Finished(FinishReason.STOP, new Usage(11, 4), "llama-x"));
  }

  @Test
  void readsToolCallsWhereverTheyAreCut() throws Exception {
    Answer answer =
        parse(
            BEGIN
                + choice(
                    "'delta':{'tool_calls':[{'index':0,'id':'c1','type':'function','function':"
                        + "{'name':'weather','arguments':'{\\'city\\':\\'Köln\\'}'}}]}",
                    "")
                + finish("tool_calls")
                + DONE);
    assertThat(answer.toolCalls())
        .containsExactly(
            new Delta.ToolCall(
                0, "c1", "function", new Delta.Function("weather", "{\"city\":\"Köln\"}")));
    assertThat(answer.finished().reason()).isEqualTo(FinishReason.TOOL_CALLS);
  }

  @ParameterizedTest
  @CsvSource({
    "stop,STOP",
    "length,LENGTH",
    "tool_calls,TOOL_CALLS",
    "function_call,TOOL_CALLS",
    "content_filter,CONTENT_FILTER"
  })
  void tellsWhyItEnded(String word, FinishReason reason) throws Exception {
    assertThat(parse(BEGIN + finish(word) + DONE).finished().reason()).isEqualTo(reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data: {'choices':[],'x_groq':{'id':'r','error':'over capacity'}}\n\n",
        "event: error\ndata: {'error':{'message':'over capacity','type':'x'}}\n\n",
        "data: {'error':{'message':'over capacity','type':'internal_server_error'}}\n\n"
      })
  void anErrorInTheStreamIsAFailure(String frame) throws Exception {
    AttemptFailure failure = parse(BEGIN + frame.replace('\'', '"') + DONE).failure();
    assertThat(failure.message()).contains("gpu-1 (Groq at ", "over capacity");
    assertThat(failure.retryable()).isTrue();
  }

  @Test
  void asksAtItsOwnAddressWithTheKey() throws Exception {
    server.stream(wire -> wire.send(BEGIN + finish("stop") + DONE).end());
    try (Worker worker = settings().key("gsk_1").worker()) {
      assertThat(Answer.of(worker, Answer.question()).finished().usage())
          .isEqualTo(new Usage(11, 4));
      assertThat(worker.info().type()).isEqualTo("groq");
      assertThat(worker.info().capabilities().continuesPrefix()).isTrue();
      assertThat(worker.info().capabilities().features())
          .contains(Feature.REASONING)
          .doesNotContain(Feature.SEVERAL_ANSWERS);
    }
    RecordedRequest request = server.request();
    assertThat(request.getTarget()).isEqualTo("/openai/v1/chat/completions");
    assertThat(request.getHeaders().get("Authorization")).isEqualTo("Bearer gsk_1");
  }

  @Test
  void usedUpCapacityAndLimitsPassAndABadKeyDoesNot() throws Exception {
    server
        .answer(
            498,
            "{'error':{'message':'Flex tier capacity exceeded','type':'capacity',"
                + "'code':'capacity_exceeded'}}")
        .answer(
            429,
            "{'error':{'message':'Rate limit reached','type':'tokens',"
                + "'code':'rate_limit_exceeded'}}",
            "retry-after",
            "7")
        .answer(
            401,
            "{'error':{'message':'Invalid API Key','type':'invalid_request_error',"
                + "'code':'invalid_api_key'}}")
        .answer(422, "{'error':{'message':'semantic','type':'invalid_request_error'}}");
    try (Worker worker = settings().worker()) {
      assertThat(Answer.of(worker, Answer.question()).fault()).isEqualTo(Fault.RATE_LIMITED);
      Answer limited = Answer.of(worker, Answer.question());
      assertThat(limited.failure().retryAfterMs()).isEqualTo(7000);
      assertThat(limited.fault()).isEqualTo(Fault.RATE_LIMITED);
      Answer key = Answer.of(worker, Answer.question());
      assertThat(key.fault()).isEqualTo(Fault.CREDENTIALS);
      assertThat(key.failure().code()).isEqualTo("invalid_api_key");
      Answer semantic = Answer.of(worker, Answer.question());
      assertThat(semantic.fault()).isEqualTo(Fault.CALLER);
      assertThat(semantic.failure().code()).isEqualTo(FailureCodes.INVALID_REQUEST);
    }
  }

  @Test
  void listsTheModelsThatAreStillServed() throws Exception {
    server
        .answer(
            200,
            "{'object':'list','data':[{'id':'llama-x','active':true},"
                + "{'id':'old','active':false},{'id':'openai/gpt-oss'}]}")
        .answer(401, "{'error':{'message':'Invalid API Key'}}");
    try (Worker worker = settings().worker()) {
      assertThat(worker.healthCheck()).isEqualTo(WorkerHealth.AVAILABLE);
      assertThat(worker.info().models()).containsExactly("llama-x", "openai/gpt-oss");
      WorkerHealth refused = worker.healthCheck();
      assertThat(refused.status()).isEqualTo(NodeBeat.Health.UNAVAILABLE);
      assertThat(refused.reason()).contains("api-key");
    }
    assertThat(server.request().getTarget()).isEqualTo("/openai/v1/models");
  }

  private TestSettings settings() {
    return TestSettings.of("groq", server.url() + "/openai/v1");
  }

  private static Answer parse(String body) throws Exception {
    ServerName name = new ServerName("gpu-1", "Groq", "https://api.groq.com/openai/v1");
    return Answer.parseCutAnywhere(() -> new OpenAiAnswer(new OpenAiChunks(name, "asked")), body);
  }

  private static String finish(String reason) {
    return choice("'delta':{},'finish_reason':'" + reason + "'", USAGE);
  }

  private static String choice(String fields, String more) {
    String chunk =
        "{'id':'chatcmpl-g','model':'llama-x','choices':[{'index':0," + fields + "}]" + more + "}";
    return "data: " + chunk.replace("\\'", "\\\"").replace('\'', '"') + "\n\n";
  }
}
