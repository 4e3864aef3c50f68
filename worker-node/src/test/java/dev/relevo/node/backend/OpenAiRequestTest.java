package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

class OpenAiRequestTest {
  @Test
  void forwardsTheRequestStreamed() {
    String body =
        "{'model':'other','stream':false,'stream_options':{'x':1},'messages':[],'unknown':[1]}";
    CompletionRequest request = Answer.request(body);
    assertThat(OpenAiRequest.of(request, ServerKind.OTHER))
        .isEqualTo(
            Answer.object(
                "{'model':'m','stream':true,'stream_options':{'x':1,'include_usage':true},"
                    + "'messages':[],'unknown':[1]}"));
    assertThat(request.body()).isEqualTo(Answer.object(body));
  }

  @Test
  void asksMistralForNothingUnknown() {
    ObjectNode mistral = OpenAiRequest.of(Answer.question(), ServerKind.MISTRAL);
    assertThat(mistral.has("stream_options")).isFalse();
  }

  @Test
  void saysWhatServersCallByOtherNames() {
    String body =
        "{'messages':[{'role':'developer','content':'x'},{'role':'assistant','content':'y',"
            + "'reasoning_content':'z'}],'seed':7,'max_completion_tokens':5,"
            + "'reasoning_effort':'default'}";
    CompletionRequest request = Answer.request(body);
    ObjectNode mistral = OpenAiRequest.of(request, ServerKind.MISTRAL);
    assertThat(mistral.path("random_seed").intValue()).isEqualTo(7);
    assertThat(mistral.path("max_tokens").intValue()).isEqualTo(5);
    assertThat(mistral.has("seed") || mistral.has("max_completion_tokens")).isFalse();
    ObjectNode deepseek = OpenAiRequest.of(request, ServerKind.DEEPSEEK);
    assertThat(deepseek.path("max_tokens").intValue()).isEqualTo(5);
    assertThat(deepseek.path("messages").get(0))
        .isEqualTo(Answer.object("{'role':'system','content':'x'}"));
    ObjectNode groq = OpenAiRequest.of(request, ServerKind.GROQ);
    assertThat(groq.path("reasoning_format").stringValue()).isEqualTo("parsed");
    assertThat(groq.path("messages").get(1))
        .isEqualTo(Answer.object("{'role':'assistant','content':'y','reasoning':'z'}"));
    ObjectNode openAi = OpenAiRequest.of(request, ServerKind.OPENAI);
    assertThat(openAi.path("stream_options"))
        .isEqualTo(Answer.object("{'include_usage':true,'include_obfuscation':false}"));
    assertThat(request.body()).isEqualTo(Answer.object(body));
  }

  @ParameterizedTest
  @CsvSource({
    "https://api.mistral.ai/v1, MISTRAL",
    "https://api.deepseek.com, DEEPSEEK",
    "https://api.groq.com/openai/v1, GROQ",
    "https://API.OpenAI.com/v1, OPENAI",
    "https://notopenai.com/v1, OTHER",
    "http://localhost:1234, OTHER"
  })
  void knowsSomeServersByTheirAddress(String base, ServerKind kind) {
    assertThat(ServerKind.of(ServerAddress.of(URI.create(base), "gpu-1"))).isEqualTo(kind);
  }

  @ParameterizedTest
  @CsvSource({"https://api.deepseek.com", "https://api.deepseek.com/v1"})
  void findsWhereDeepSeekContinuesAnswers(String base) {
    OpenAiAddress address = new OpenAiAddress(ServerAddress.of(URI.create(base), "gpu-1"));
    assertThat(address.betaCompletions().toString())
        .isEqualTo("https://api.deepseek.com/beta/chat/completions");
  }

  @Test
  void continuesInEachServersOwnWay() {
    ObjectNode vllm = continued(ServerKind.VLLM);
    assertThat(vllm.path("continue_final_message").booleanValue()).isTrue();
    assertThat(vllm.path("add_generation_prompt").booleanValue(true)).isFalse();
    ObjectNode llama = continued(ServerKind.LLAMA_CPP);
    assertThat(llama.path("chat_template_kwargs"))
        .isEqualTo(Answer.object("{'enable_thinking':false}"));
    assertThat(continued(ServerKind.DEEPSEEK).path("messages").get(1))
        .isEqualTo(Answer.object("{'role':'assistant','content':'Once','prefix':true}"));
    assertThat(continued(ServerKind.OTHER).path("messages").get(1))
        .isEqualTo(Answer.object("{'role':'assistant','content':'Once'}"));
  }

  @Test
  void joinsThePrefixToABeginningOfTheCallersOwn() {
    CompletionRequest request =
        Answer.request("{'messages':[{'role':'assistant','content':'Once '}]}", "upon ");
    ObjectNode before = request.body().deepCopy();
    ObjectNode call = OpenAiRequest.of(request, ServerKind.VLLM);
    assertThat(call.path("messages").size()).isEqualTo(1);
    assertThat(call.path("messages").get(0).path("content").stringValue()).isEqualTo("Once upon");
    assertThat(request.body()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({
    "http://h:8000, http://h:8000/v1, http://h:8000/health",
    "http://h:8000/, http://h:8000/v1, http://h:8000/health",
    "http://h:8000/v1, http://h:8000/v1, http://h:8000/health",
    "http://h:8000/v1/, http://h:8000/v1, http://h:8000/health",
    "http://h/v1/chat/completions, http://h/v1, http://h/health",
    "https://h/openai/v1, https://h/openai/v1, https://h/openai/health",
    "https://h/proxy, https://h/proxy/v1, https://h/proxy/health",
    "https://h/v1beta/openai, https://h/v1beta/openai, https://h/health",
    "https://api.deepseek.com/beta, https://api.deepseek.com/beta, https://api.deepseek.com/health"
  })
  void findsTheAddressesWithAndWithoutAVersion(String base, String api, String health) {
    HttpUrl url = ServerAddress.of(URI.create(base), "gpu-1");
    OpenAiAddress address = new OpenAiAddress(url);
    assertThat(address.completions().toString()).isEqualTo(api + "/chat/completions");
    assertThat(address.models().toString()).isEqualTo(api + "/models");
    assertThat(address.health().toString()).isEqualTo(health);
  }

  private static ObjectNode continued(ServerKind kind) {
    return OpenAiRequest.of(Answer.question("Once"), kind);
  }
}
