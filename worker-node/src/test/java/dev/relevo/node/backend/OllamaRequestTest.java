package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

class OllamaRequestTest {
  @Test
  void namesTheModelAndStreams() throws Exception {
    assertThat(of("{'model':'other','messages':[{'role':'developer','content':'Be brief.'}]}"))
        .isEqualTo(
            json(
                "{'model':'m','stream':true,"
                    + "'messages':[{'role':'system','content':'Be brief.'}]}"));
  }

  @Test
  void movesOptions() throws Exception {
    ObjectNode call =
        of(
            "{'temperature':0.5,'top_p':0.9,'seed':7,'max_tokens':5,'max_completion_tokens':6,"
                + "'stop':'END','presence_penalty':null,'repetition_penalty':1.1,"
                + "'options':{'num_ctx':4096},'user':'u','logit_bias':{}}");
    assertThat(call.path("options"))
        .isEqualTo(
            json(
                "{'num_ctx':4096,'temperature':0.5,'top_p':0.9,'seed':7,'repeat_penalty':1.1,"
                    + "'num_predict':6,'stop':['END']}"));
    assertThat(call.has("user")).isFalse();
    assertThat(of("{'stop':['a','b']}").path("options")).isEqualTo(json("{'stop':['a','b']}"));
  }

  @Test
  void joinsTextPartsAndTakesImagesOutOfThem() throws Exception {
    ObjectNode call =
        of(
            "{'messages':[{'role':'user','content':[{'type':'text','text':'What'},"
                + "{'type':'image_url','image_url':{'url':'data:image/png;base64,aWJt'}},"
                + "{'type':'text','text':'is it?'}]}]}");
    assertThat(call.path("messages").get(0))
        .isEqualTo(json("{'role':'user','content':'What\\nis it?','images':['aWJt']}"));
  }

  @Test
  void sayToolCallsAndTheirResults() throws Exception {
    ObjectNode call =
        of(
            "{'tools':[{'type':'function','function':{'name':'weather'}}],'messages':["
                + "{'role':'assistant','content':null,'tool_calls':[{'id':'c1','type':'function',"
                + "'function':{'name':'weather','arguments':'{}'}}]},"
                + "{'role':'tool','tool_call_id':'c1','content':'rain'}]}");
    assertThat(call.path("tools").size()).isEqualTo(1);
    assertThat(call.path("messages").get(0))
        .isEqualTo(
            json(
                "{'role':'assistant','content':'','tool_calls':[{'id':'c1',"
                    + "'function':{'index':0,'name':'weather','arguments':{}}}]}"));
    assertThat(call.path("messages").get(1))
        .isEqualTo(
            json("{'role':'tool','content':'rain','tool_call_id':'c1','tool_name':'weather'}"));
    assertThat(of("{'tools':[{}],'tool_choice':'none'}").has("tools")).isFalse();
  }

  @Test
  void saysTheFormat() throws Exception {
    assertThat(of("{'response_format':{'type':'json_object'}}").path("format").stringValue())
        .isEqualTo("json");
    assertThat(
            of("{'response_format':{'type':'json_schema','json_schema':{'name':'n',"
                    + "'schema':{'type':'object'}}}}")
                .path("format"))
        .isEqualTo(json("{'type':'object'}"));
    assertThat(of("{'response_format':{'type':'text'}}").has("format")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"none,false", "minimal,\"low\"", "high,\"high\"", "xhigh,\"max\""})
  void saysHowHardToThink(String effort, String think) throws Exception {
    assertThat(of("{'reasoning_effort':'" + effort + "'}").path("think").toString())
        .isEqualTo(think);
    assertThat(of("{'think':true,'reasoning_effort':'low'}").path("think").booleanValue()).isTrue();
    assertThat(of("{}").has("think")).isFalse();
  }

  @Test
  void beginsTheAnswerWithThePrefixWithoutItsLastSpaces() throws Exception {
    ObjectNode call = OllamaRequest.of(Answer.question("Once upon \n"));
    assertThat(call.path("messages").get(1))
        .isEqualTo(json("{'role':'assistant','content':'Once upon'}"));
    assertThat(call.path("think").booleanValue()).isFalse();
  }

  @Test
  void joinsThePrefixToABeginningOfTheCallersOwn() throws Exception {
    ObjectNode call =
        OllamaRequest.of(
            Answer.request("{'messages':[{'role':'assistant','content':'Once '}]}", "upon"));
    assertThat(call.path("messages"))
        .isEqualTo(json("{'m':[{'role':'assistant','content':'Once upon'}]}").path("m"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'n':2}",
        "{'response_format':{'type':'grammar'}}",
        "{'messages':[{'role':'user','content':[{'type':'file'}]}]}",
        "{'messages':[{'role':'user','content':[{'type':'image_url','image_url':"
            + "{'url':'https://example.com/a.png'}}]}]}",
        "{'messages':[{'role':'assistant','tool_calls':[{'function':{'name':'f',"
            + "'arguments':'[1'}}]}]}"
      })
  void refusesWhatOllamaCannotDo(String body) {
    assertThatThrownBy(() -> of(body)).isInstanceOf(UnsupportedRequestException.class);
  }

  @Test
  void leavesTheRequestAsItIs() throws Exception {
    CompletionRequest request =
        Answer.request("{'options':{'num_ctx':1},'temperature':1,'messages':[]}", "x");
    ObjectNode before = request.body().deepCopy();
    OllamaRequest.of(request);
    assertThat(request.body()).isEqualTo(before);
  }

  private static ObjectNode of(String body) throws UnsupportedRequestException {
    return OllamaRequest.of(Answer.request(body));
  }

  private static ObjectNode json(String json) {
    return Answer.object(json);
  }
}
