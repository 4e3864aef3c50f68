package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

class AnthropicRequestTest {
  private static final String OLD = "claude-sonnet-4-5-20250929";
  private static final String NEW = "claude-opus-4-7";

  @Test
  void takesWhatTheSystemSaysOutAndLimitsTheAnswer() throws Exception {
    assertThat(
            of(
                "{'model':'other','messages':[{'role':'system','content':'Be brief.'},"
                    + "{'role':'developer','content':[{'type':'text','text':'In German.'}]},"
                    + "{'role':'user','content':'Hi'}],'seed':7,'presence_penalty':1,'user':'u1'}"))
        .isEqualTo(
            json(
                "{'model':'claude-sonnet-4-5-20250929','stream':true,'max_tokens':8192,"
                    + "'system':'Be brief.\\n\\nIn German.',"
                    + "'messages':[{'role':'user','content':[{'type':'text','text':'Hi'}]}],"
                    + "'metadata':{'user_id':'u1'}}"));
  }

  @Test
  void saysHowLongAndHowRandom() throws Exception {
    ObjectNode call =
        of("{'max_tokens':5,'max_completion_tokens':6,'temperature':1.7,'top_k':3,'stop':'END'}");
    assertThat(call.path("max_tokens").intValue()).isEqualTo(6);
    assertThat(call.path("temperature").doubleValue()).isEqualTo(1);
    assertThat(call.path("top_k").intValue()).isEqualTo(3);
    assertThat(call.path("stop_sequences")).isEqualTo(json("{'a':['END']}").path("a"));
    assertThat(of("{'stop':['a','b']}").path("stop_sequences").size()).isEqualTo(2);
    ObjectNode both = of("{'temperature':0.5,'top_p':0.9}");
    assertThat(both.has("temperature")).isTrue();
    assertThat(both.has("top_p")).isFalse();
    ObjectNode refuses = of("{'temperature':0.5,'top_p':0.9,'top_k':1}", NEW);
    assertThat(refuses.has("temperature") || refuses.has("top_p") || refuses.has("top_k"))
        .isFalse();
    assertThat(of("{'top_p':0.9}", "claude-3-haiku-20240307").path("max_tokens").intValue())
        .isEqualTo(4096);
  }

  @Test
  void saysImagesAndDocuments() throws Exception {
    ObjectNode call =
        of(
            "{'messages':[{'role':'user','content':[{'type':'text','text':'What?'},"
                + "{'type':'image_url','image_url':{'url':'data:image/png;base64,aWJt'}},"
                + "{'type':'image_url','image_url':{'url':'https://h/x.png'}},"
                + "{'type':'file','file':{'file_data':'data:application/pdf;base64,cGRm'}}]}]}");
    assertThat(call.path("messages").get(0).path("content"))
        .isEqualTo(
            json("{'a':[{'type':'text','text':'What?'},{'type':'image','source':{"
                    + "'type':'base64','media_type':'image/png','data':'aWJt'}},"
                    + "{'type':'image','source':{'type':'url','url':'https://h/x.png'}},"
                    + "{'type':'document','source':{'type':'base64',"
                    + "'media_type':'application/pdf','data':'cGRm'}}]}")
                .path("a"));
  }

  @Test
  void saysToolCallsAndPutsTheirResultsIntoOneMessage() throws Exception {
    ObjectNode call =
        of(
            "{'messages':[{'role':'assistant','content':'','tool_calls':[{'id':'c1',"
                + "'type':'function','function':{'name':'weather','arguments':'{\\u0022a\\u0022:1}'"
                + "}},{'id':'c2','type':'function','function':{'name':'t','arguments':''}}]},"
                + "{'role':'tool','tool_call_id':'c1','content':'rain'},"
                + "{'role':'tool','tool_call_id':'c2','content':[{'type':'text','text':'9'}]},"
                + "{'role':'user','content':'And?'}]}");
    assertThat(call.path("messages"))
        .isEqualTo(
            json("{'a':[{'role':'assistant','content':["
                    + "{'type':'tool_use','id':'c1','name':'weather','input':{'a':1}},"
                    + "{'type':'tool_use','id':'c2','name':'t','input':{}}]},"
                    + "{'role':'user','content':[{'type':'tool_result','tool_use_id':'c1',"
                    + "'content':[{'type':'text','text':'rain'}]},"
                    + "{'type':'tool_result','tool_use_id':'c2',"
                    + "'content':[{'type':'text','text':'9'}]},"
                    + "{'type':'text','text':'And?'}]}]}")
                .path("a"));
  }

  @Test
  void saysTools() throws Exception {
    String tools =
        "'tools':[{'type':'function','function':{'name':'f','description':'d',"
            + "'parameters':{'type':'object','x':1}}},{'type':'function','function':{'name':'g'}}]";
    ObjectNode call = of("{" + tools + "}");
    assertThat(call.path("tools"))
        .isEqualTo(
            json("{'a':[{'name':'f','description':'d','input_schema':{'type':'object','x':1}},"
                    + "{'name':'g','input_schema':{'type':'object'}}]}")
                .path("a"));
    assertThat(call.has("tool_choice")).isFalse();
    assertThat(choice(tools, "'none'")).isEqualTo(json("{'type':'none'}"));
    assertThat(choice(tools, "'auto'")).isEqualTo(json("{'type':'auto'}"));
    assertThat(choice(tools, "'required','parallel_tool_calls':false"))
        .isEqualTo(json("{'type':'any','disable_parallel_tool_use':true}"));
    assertThat(choice(tools, "{'type':'function','function':{'name':'f'}}"))
        .isEqualTo(json("{'type':'tool','name':'f'}"));
  }

  @Test
  void saysTheSchemaOfTheAnswer() throws Exception {
    assertThat(
            of("{'response_format':{'type':'json_schema','json_schema':{'name':'n',"
                    + "'schema':{'type':'object'}}}}")
                .path("output_config"))
        .isEqualTo(json("{'format':{'type':'json_schema','schema':{'type':'object'}}}"));
    assertThat(of("{'response_format':{'type':'text'}}").has("output_config")).isFalse();
  }

  @Test
  void saysHowHardToThinkAsTheModelWantsIt() throws Exception {
    ObjectNode budgeted = of("{'reasoning_effort':'medium','temperature':0.2}");
    assertThat(budgeted.path("thinking").toString())
        .isEqualTo("{\"type\":\"enabled\",\"budget_tokens\":4096}");
    assertThat(budgeted.path("max_tokens").intValue()).isEqualTo(8192 + 4096);
    assertThat(budgeted.has("temperature")).isFalse();
    ObjectNode limited = of("{'reasoning_effort':'high','max_tokens':4000}");
    assertThat(limited.path("thinking").path("budget_tokens").intValue()).isEqualTo(2000);
    assertThat(limited.path("max_tokens").intValue()).isEqualTo(4000);
    assertThat(of("{'reasoning_effort':'high','max_tokens':100}").has("thinking")).isFalse();
    ObjectNode adaptive = of("{'reasoning_effort':'high'}", NEW);
    assertThat(adaptive.path("thinking")).isEqualTo(json("{'type':'adaptive'}"));
    assertThat(adaptive.path("output_config")).isEqualTo(json("{'effort':'high'}"));
    assertThat(of("{'reasoning_effort':'none'}").path("thinking"))
        .isEqualTo(json("{'type':'disabled'}"));
    assertThat(of("{'reasoning_effort':'low'}", "claude-3-5-haiku-20241022").has("thinking"))
        .isFalse();
    assertThat(of("{'reasoning_effort':'low','thinking':{'type':'x'}}").path("thinking"))
        .isEqualTo(json("{'type':'x'}"));
    assertThat(
            of("{'reasoning_effort':'low','tools':[{'type':'function','function':{'name':'f'}}],"
                    + "'tool_choice':'required'}")
                .has("thinking"))
        .isFalse();
  }

  @Test
  void beginsTheAnswerWithThePrefixWithoutItsLastSpaces() throws Exception {
    String question = "{'messages':[{'role':'user','content':'Hi'}],'reasoning_effort':'high'}";
    ObjectNode call = AnthropicRequest.of(request(question, "Once upon \n", OLD));
    assertThat(call.path("messages").get(1))
        .isEqualTo(json("{'role':'assistant','content':[{'type':'text','text':'Once upon'}]}"));
    assertThat(call.has("thinking")).isFalse();
    assertThat(AnthropicRequest.of(request(question, " ", OLD)).path("messages").size())
        .isEqualTo(1);
    ObjectNode joined =
        AnthropicRequest.of(
            request("{'messages':[{'role':'assistant','content':'Once '}]}", "upon", OLD));
    assertThat(joined.path("messages").get(0).path("content").get(0).path("text").stringValue())
        .isEqualTo("Once upon");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'n':2}",
        "{'response_format':{'type':'json_object'}}",
        "{'response_format':{'type':'json_schema'}}",
        "{'response_format':{'type':'grammar'}}",
        "{'tools':[{'type':'custom'}]}",
        "{'messages':[{'role':'function','content':'x'}]}",
        "{'messages':[{'role':'system','content':[{'type':'image_url'}]}]}",
        "{'messages':[{'role':'user','content':[{'type':'input_audio'}]}]}",
        "{'messages':[{'role':'user','content':[{'type':'file','file':{'file_id':'f'}}]}]}",
        "{'messages':[{'role':'user','content':[{'type':'image_url','image_url':'ftp://x'}]}]}",
        "{'messages':[{'role':'user','content':[{'type':'image_url','image_url':'data:,x'}]}]}",
        "{'messages':[{'role':'assistant','tool_calls':[{'function':{'arguments':'7'}}]}]}"
      })
  void saysBeforehandWhatItCannot(String body) {
    assertThatThrownBy(() -> of(body)).isInstanceOf(UnsupportedRequestException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "claude-2.1, true",
    "claude-instant-1.2, true",
    "claude-3-5-sonnet-20241022, true",
    "claude-3-7-sonnet-latest, true",
    "claude-opus-4-20250514, true",
    "claude-sonnet-4-5-20250929, true",
    "claude-haiku-4-5, true",
    "claude-opus-4-6, false",
    "claude-sonnet-4-6-20260101, false",
    "claude-opus-4-8, false",
    "claude-opus-5, false",
    "claude-sonnet-5-20260701, false",
    "some-alias, false"
  })
  void knowsByItsNameWhetherAModelContinuesAnAnswer(String name, boolean continues) {
    assertThat(AnthropicModel.of(name).continuesPrefix()).isEqualTo(continues);
  }

  private static ObjectNode choice(String tools, String choice) throws Exception {
    return (ObjectNode) of("{" + tools + ",'tool_choice':" + choice + "}").path("tool_choice");
  }

  private static ObjectNode of(String body) throws Exception {
    return of(body, OLD);
  }

  private static ObjectNode of(String body, String model) throws Exception {
    CompletionRequest request = request(body, null, model);
    ObjectNode before = request.body().deepCopy();
    ObjectNode call = AnthropicRequest.of(request);
    assertThat(request.body()).isEqualTo(before);
    return call;
  }

  private static CompletionRequest request(String body, String prefix, String model) {
    return new CompletionRequest(json(body), model, prefix, 60_000, new Cancellation());
  }

  private static ObjectNode json(String text) {
    return Answer.object(text);
  }
}
