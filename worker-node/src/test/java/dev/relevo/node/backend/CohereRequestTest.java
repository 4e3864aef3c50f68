package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

class CohereRequestTest {
  @Test
  void saysMessagesAndOptionsWithinItsRanges() throws Exception {
    assertThat(
            of(
                "{'model':'other','messages':[{'role':'developer','content':'Be brief.'},"
                    + "{'role':'user','content':'Hi'}],'temperature':0.5,'top_p':1,'top_k':3,"
                    + "'seed':7,'presence_penalty':-1,'frequency_penalty':2,"
                    + "'max_completion_tokens':6,'stop':'END','user':'u'}"))
        .isEqualTo(
            json(
                "{'model':'m','stream':true,'messages':["
                    + "{'role':'system','content':'Be brief.'},{'role':'user','content':'Hi'}],"
                    + "'seed':7,'temperature':0.5,'max_tokens':6,'stop_sequences':['END'],"
                    + "'p':0.99,'k':3,'frequency_penalty':1.0,'presence_penalty':0.0}"));
  }

  @Test
  void saysImagesToolCallsAndTheirResults() throws Exception {
    String image = "{'type':'image_url','image_url':{'url':'data:image/png;base64,aWJt'}}";
    String call = "{'id':'c1','type':'function','function':{'name':'weather','arguments':'{}'}}";
    ObjectNode said =
        of(
            "{'messages':[{'role':'user','content':[{'type':'text','text':'What?'},"
                + image
                + "]},{'role':'assistant','content':null,'tool_calls':["
                + call
                + "]},{'role':'tool','tool_call_id':'c1','content':[{'type':'text',"
                + "'text':'rain'}]}]}");
    assertThat(said.path("messages"))
        .isEqualTo(
            json("{'a':[{'role':'user','content':[{'type':'text','text':'What?'},"
                    + image
                    + "]},{'role':'assistant','tool_calls':["
                    + call
                    + "]},{'role':'tool','tool_call_id':'c1','content':'rain'}]}")
                .path("a"));
  }

  @Test
  void saysToolsAndOffersOneAloneThatMustBeCalled() throws Exception {
    String tools =
        "'tools':[{'type':'function','function':{'name':'f'}},"
            + "{'type':'function','function':{'name':'g'}}]";
    assertThat(of("{" + tools + "}").path("tools").size()).isEqualTo(2);
    assertThat(of("{" + tools + ",'tool_choice':'auto'}").has("tool_choice")).isFalse();
    assertThat(of("{" + tools + ",'tool_choice':'none'}").path("tool_choice").stringValue())
        .isEqualTo("NONE");
    assertThat(of("{" + tools + ",'tool_choice':'required'}").path("tool_choice").stringValue())
        .isEqualTo("REQUIRED");
    ObjectNode forced =
        of("{" + tools + ",'tool_choice':{'type':'function','function':{'name':'g'}}}");
    assertThat(forced.path("tool_choice").stringValue()).isEqualTo("REQUIRED");
    assertThat(forced.path("tools"))
        .isEqualTo(json("{'a':[{'type':'function','function':{'name':'g'}}]}").path("a"));
  }

  @Test
  void saysTheFormOfTheAnswer() throws Exception {
    assertThat(of("{'response_format':{'type':'json_object'}}").path("response_format"))
        .isEqualTo(json("{'type':'json_object'}"));
    assertThat(
            of("{'response_format':{'type':'json_schema','json_schema':{'name':'n',"
                    + "'schema':{'type':'object'}}}}")
                .path("response_format"))
        .isEqualTo(json("{'type':'json_object','json_schema':{'type':'object'}}"));
  }

  @Test
  void asksOnlyModelsToThinkThatCan() throws Exception {
    assertThat(of("{'reasoning_effort':'high'}").has("thinking")).isFalse();
    ObjectNode thinks = of("{'reasoning_effort':'high'}", "command-a-reasoning-08-2025");
    assertThat(thinks.path("thinking")).isEqualTo(json("{'type':'enabled'}"));
    ObjectNode not = of("{'reasoning_effort':'none'}", "command-a-reasoning-08-2025");
    assertThat(not.path("thinking")).isEqualTo(json("{'type':'disabled'}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'n':2}",
        "{'stop':['1','2','3','4','5','6']}",
        "{'response_format':{'type':'grammar'}}",
        "{'tools':[{'type':'custom'}]}",
        "{'messages':[{'role':'function','content':'x'}]}",
        "{'messages':[{'role':'user','content':[{'type':'input_audio'}]}]}"
      })
  void saysBeforehandWhatItCannot(String body) {
    assertThatThrownBy(() -> of(body)).isInstanceOf(UnsupportedRequestException.class);
  }

  private static ObjectNode of(String body) throws Exception {
    return of(body, "m");
  }

  private static ObjectNode of(String body, String model) throws Exception {
    CompletionRequest request =
        new CompletionRequest(json(body), model, null, 60_000, new Cancellation());
    ObjectNode before = request.body().deepCopy();
    ObjectNode call = CohereRequest.of(request);
    assertThat(request.body()).isEqualTo(before);
    return call;
  }

  private static ObjectNode json(String text) {
    return Answer.object(text);
  }
}
