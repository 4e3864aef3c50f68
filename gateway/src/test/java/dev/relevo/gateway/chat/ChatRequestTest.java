package dev.relevo.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.relevo.gateway.http.HttpProblem;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatRequestTest {
  private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

  private static ChatRequest read(String json) {
    return ChatRequest.read(json.getBytes(StandardCharsets.UTF_8));
  }

  private static HttpProblem refused(String json) {
    return catchThrowableOfType(HttpProblem.class, () -> read(json));
  }

  private static String body(ChatRequest request) {
    return new String(request.body(), StandardCharsets.UTF_8);
  }

  @Test
  void theBodyIsTheRequestAsItCame() {
    String sent =
        "{ \"model\" : \"m\", \"seed\":7, \"new_field\":[1.50], \"stream\":true, " + MESSAGES + "}";

    ChatRequest request = read(sent);

    assertThat(body(request)).isEqualTo(sent);
    assertThat(request.model()).isEqualTo("m");
    assertThat(request.fallbacks()).isEmpty();
    assertThat(request.isStreamed()).isTrue();
    assertThat(request.includesUsage()).isFalse();
  }

  @Test
  void fallbackModelsAreTakenOut() {
    ChatRequest several = read("{\"models\":[\"a\",\"b\",\"a\"],\"seed\":7," + MESSAGES + "}");
    ChatRequest both =
        read("{\"model\":\"m\",\"models\":[\"m\",\"b\"],\"fallbacks\":[\"c\"]," + MESSAGES + "}");

    assertThat(several.model()).isEqualTo("a");
    assertThat(several.fallbacks()).containsExactly("b");
    assertThat(body(several)).isEqualTo("{\"seed\":7," + MESSAGES + "}");
    assertThat(both.model()).isEqualTo("m");
    assertThat(both.fallbacks()).containsExactly("b", "c");
    assertThat(body(both)).isEqualTo("{\"model\":\"m\"," + MESSAGES + "}");
  }

  @Test
  void explicitNullsAreAbsent() {
    ChatRequest request =
        read(
            "{\"model\":\"m\",\"models\":null,\"stream\":null,\"stream_options\":null,"
                + "\"temperature\":null,\"messages\":[{\"role\":\"assistant\",\"content\":null,"
                + "\"tool_calls\":[{}]}]}");

    assertThat(request.isStreamed()).isFalse();
    assertThat(request.fallbacks()).isEmpty();
  }

  @Test
  void usageIsIncludedWhereItIsAskedFor() {
    String options =
        "{\"model\":\"m\",\"stream\":true,\"stream_options\":{\"include_usage\":%s},%s}";

    assertThat(read(options.formatted("true", MESSAGES)).includesUsage()).isTrue();
    assertThat(read(options.formatted("false", MESSAGES)).includesUsage()).isFalse();
    assertThat(read(options.formatted("null", MESSAGES)).includesUsage()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{MESSAGES}|missing_required_parameter|model",
        "{\"model\":null,MESSAGES}|missing_required_parameter|model",
        "{\"models\":[],MESSAGES}|missing_required_parameter|model",
        "{\"model\":\"m\"}|missing_required_parameter|messages",
        "{\"model\":\"m\",\"messages\":[]}|empty_array|messages",
        "{\"model\":\"m\",\"messages\":\"Hi\"}|invalid_type|messages",
        "{\"model\":\"m\",\"messages\":[\"Hi\"]}|invalid_type|messages",
        "{\"model\":\"m\",\"messages\":[{\"content\":\"Hi\"}]}|missing_required_parameter|messages[0].role",
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":5}]}|invalid_type|messages[0].content",
        "{\"model\":7,MESSAGES}|invalid_type|model",
        "{\"model\":\"m\",\"temperature\":\"hot\",MESSAGES}|invalid_type|temperature",
        "{\"model\":\"m\",\"n\":1.5,MESSAGES}|invalid_type|n",
        "{\"model\":\"m\",\"stream\":\"yes\",MESSAGES}|invalid_type|stream",
        "{\"model\":\"m\",\"stop\":[1],MESSAGES}|invalid_type|stop",
        "{\"model\":\"m\",\"tools\":{},MESSAGES}|invalid_type|tools",
        "{\"model\":\"m\",\"stream_options\":{\"include_usage\":1},MESSAGES}|invalid_type|stream_options.include_usage",
        "{\"model\":\"m\",\"fallbacks\":\"b\",MESSAGES}|invalid_type|fallbacks",
        "{\"model\":\"m\",\"fallbacks\":[\"b\",7],MESSAGES}|invalid_type|fallbacks[1]",
        "{\"model\":\"m\",\"fallbacks\":[\"b,c\"],MESSAGES}|invalid_value|fallbacks[0]",
        "{\"model\":\"\",MESSAGES}|invalid_value|model",
      })
  void whatIsWrongIsNamed(String json, String code, String param) {
    HttpProblem problem = refused(json.replace("MESSAGES", MESSAGES));

    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.type()).isEqualTo("invalid_request_error");
    assertThat(problem.code()).isEqualTo(code);
    assertThat(problem.param()).isEqualTo(param);
    assertThat(problem.words()).contains("'" + param + "'");
  }
}
