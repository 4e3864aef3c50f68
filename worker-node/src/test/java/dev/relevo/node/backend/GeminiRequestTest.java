package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class GeminiRequestTest {
  private static final String MODEL = "gemini-2.5-flash";

  @Test
  void saysMessagesAndOptions() throws Exception {
    assertThat(
            of(
                "{'model':'other','messages':[{'role':'system','content':'Be brief.'},"
                    + "{'role':'developer','content':[{'type':'text','text':'In German.'}]},"
                    + "{'role':'user','content':'Hi'},{'role':'assistant','content':'Ja?'},"
                    + "{'role':'user','content':'Was'},{'role':'user','content':'ist?'}],"
                    + "'temperature':0.5,'top_p':0.9,'top_k':3,'seed':7,'presence_penalty':1,"
                    + "'frequency_penalty':2,'max_completion_tokens':6,'stop':'END','user':'u'}"))
        .isEqualTo(
            json(
                "{'contents':[{'role':'user','parts':[{'text':'Hi'}]},"
                    + "{'role':'model','parts':[{'text':'Ja?'}]},"
                    + "{'role':'user','parts':[{'text':'Was'},{'text':'ist?'}]}],"
                    + "'systemInstruction':{'parts':[{'text':'Be brief.'},{'text':'In German.'}]},"
                    + "'generationConfig':{'temperature':0.5,'topP':0.9,'topK':3,'seed':7,"
                    + "'presencePenalty':1,'frequencyPenalty':2,'maxOutputTokens':6,"
                    + "'stopSequences':['END']}}"));
  }

  @Test
  void saysImagesSoundsAndFiles() throws Exception {
    ObjectNode call =
        of(
            "{'messages':[{'role':'user','content':[{'type':'text','text':'What?'},"
                + "{'type':'image_url','image_url':{'url':'data:image/png;base64,aWJt'}},"
                + "{'type':'input_audio','input_audio':{'format':'mp3','data':'bXAz'}},"
                + "{'type':'file','file':{'file_data':'data:application/pdf;base64,cGRm'}}]}]}");
    assertThat(call.path("contents").get(0).path("parts"))
        .isEqualTo(
            list(
                "{'text':'What?'},{'inlineData':{'mimeType':'image/png','data':'aWJt'}},"
                    + "{'inlineData':{'mimeType':'audio/mp3','data':'bXAz'}},"
                    + "{'inlineData':{'mimeType':'application/pdf','data':'cGRm'}}"));
  }

  @Test
  void saysToolCallsAndTheirResults() throws Exception {
    String body =
        "{'messages':[{'role':'assistant','tool_calls':["
            + "{'id':'c1','function':{'name':'weather','arguments':'{\\u0022a\\u0022:1}'}},"
            + "{'id':'c2','function':{'name':'t','arguments':''}}]},"
            + "{'role':'tool','tool_call_id':'c1','content':'rain'},"
            + "{'role':'tool','tool_call_id':'c2','content':'{\\u0022h\\u0022:9}'}]}";
    assertThat(of(body).path("contents"))
        .isEqualTo(
            list(
                "{'role':'model','parts':[{'functionCall':{'name':'weather','args':{'a':1}}},"
                    + "{'functionCall':{'name':'t','args':{}}}]},{'role':'user','parts':["
                    + "{'functionResponse':{'name':'weather','response':{'result':'rain'}}},"
                    + "{'functionResponse':{'name':'t','response':{'h':9}}}]}"));
    JsonNode signed = of(body, "gemini-3-pro").path("contents").get(0).path("parts");
    assertThat(signed.get(0).has("thoughtSignature")).isTrue();
    assertThat(signed.get(1).has("thoughtSignature")).isFalse();
  }

  @Test
  void saysTools() throws Exception {
    String tools =
        "'tools':[{'type':'function','function':{'name':'f','description':'d',"
            + "'parameters':{'type':'object','x':1}}},{'type':'function','function':{'name':'g'}}]";
    ObjectNode call = of("{" + tools + "}");
    assertThat(call.path("tools"))
        .isEqualTo(
            list(
                "{'functionDeclarations':[{'name':'f','description':'d',"
                    + "'parametersJsonSchema':{'type':'object','x':1}},{'name':'g'}]}"));
    assertThat(call.has("toolConfig")).isFalse();
    assertThat(choice(tools, "'none'")).isEqualTo(json("{'mode':'NONE'}"));
    assertThat(choice(tools, "'auto'")).isEqualTo(json("{'mode':'AUTO'}"));
    assertThat(choice(tools, "'required'")).isEqualTo(json("{'mode':'ANY'}"));
    assertThat(choice(tools, "{'type':'function','function':{'name':'f'}}"))
        .isEqualTo(json("{'mode':'ANY','allowedFunctionNames':['f']}"));
  }

  @Test
  void saysTheFormOfTheAnswer() throws Exception {
    assertThat(of("{'response_format':{'type':'json_object'}}").path("generationConfig"))
        .isEqualTo(json("{'responseMimeType':'application/json'}"));
    assertThat(
            of("{'response_format':{'type':'json_schema','json_schema':{'name':'n',"
                    + "'schema':{'type':'object'}}}}")
                .path("generationConfig"))
        .isEqualTo(
            json(
                "{'responseMimeType':'application/json',"
                    + "'responseJsonSchema':{'type':'object'}}"));
    assertThat(of("{'response_format':{'type':'text'}}").has("generationConfig")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gemini-2.5-pro | low | {'includeThoughts':true,'thinkingBudget':1024}",
        "gemini-2.5-pro | medium | {'includeThoughts':true,'thinkingBudget':8192}",
        "gemini-2.5-pro | high | {'includeThoughts':true,'thinkingBudget':24576}",
        "gemini-2.5-flash | none | {'includeThoughts':false,'thinkingBudget':0}",
        "gemini-3-pro | high | {'includeThoughts':true,'thinkingLevel':'high'}",
        "gemini-3-pro | minimal | {'includeThoughts':true,'thinkingLevel':'low'}",
        "gemini-2.0-flash | high | "
      })
  void saysHowHardToThinkAsTheModelWantsIt(String model, String effort, String thinking)
      throws Exception {
    JsonNode config =
        of("{'reasoning_effort':'" + effort + "'}", model)
            .path("generationConfig")
            .path("thinkingConfig");
    assertThat(config.toString()).isEqualTo(thinking == null ? "" : thinking.replace('\'', '"'));
  }

  @Test
  void beginsTheAnswerWithThePrefixWithoutItsLastSpaces() throws Exception {
    ObjectNode call = GeminiRequest.of(Answer.question("Once upon \n"));
    assertThat(call.path("contents").get(1))
        .isEqualTo(json("{'role':'model','parts':[{'text':'Once upon'}]}"));
    assertThat(GeminiRequest.of(Answer.question(" ")).path("contents").size()).isEqualTo(1);
    ObjectNode joined =
        GeminiRequest.of(
            Answer.request("{'messages':[{'role':'assistant','content':'Once '}]}", "upon"));
    assertThat(joined.path("contents"))
        .isEqualTo(list("{'role':'model','parts':[{'text':'Once upon'}]}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'n':2}",
        "{'response_format':{'type':'grammar'}}",
        "{'tools':[{'type':'custom'}]}",
        "{'messages':[{'role':'function','content':'x'}]}",
        "{'messages':[{'role':'user','content':[{'type':'video'}]}]}",
        "{'messages':[{'role':'user','content':[{'type':'file','file':{'file_id':'f'}}]}]}",
        "{'messages':[{'role':'user','content':[{'type':'image_url','image_url':'HTTP://x'}]}]}"
      })
  void saysBeforehandWhatItCannot(String body) {
    assertThatThrownBy(() -> of(body)).isInstanceOf(UnsupportedRequestException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "gemini-1.5-pro, true",
    "gemini-2.0-flash, true",
    "gemini-2.5-pro, true",
    "gemini-3-pro-preview, true",
    "gemini-3.1-flash, true",
    "gemini-3.5-pro, false",
    "gemini-4-flash, false",
    "gemini-flash-latest, false",
    "gemma-3-27b-it, false"
  })
  void knowsByItsNameWhetherAModelContinuesAnAnswer(String name, boolean continues) {
    assertThat(new GeminiApi().continuesPrefix(name)).isEqualTo(continues);
  }

  private static JsonNode choice(String tools, String choice) throws Exception {
    return of("{" + tools + ",'tool_choice':" + choice + "}")
        .path("toolConfig")
        .path("functionCallingConfig");
  }

  private static ObjectNode of(String body) throws Exception {
    return of(body, MODEL);
  }

  private static ObjectNode of(String body, String model) throws Exception {
    CompletionRequest request =
        new CompletionRequest(json(body), model, null, 60_000, new Cancellation());
    ObjectNode before = request.body().deepCopy();
    ObjectNode call = GeminiRequest.of(request);
    assertThat(request.body()).isEqualTo(before);
    return call;
  }

  private static JsonNode list(String entries) {
    return json("{'a':[" + entries + "]}").path("a");
  }

  private static ObjectNode json(String text) {
    return Answer.object(text);
  }
}
