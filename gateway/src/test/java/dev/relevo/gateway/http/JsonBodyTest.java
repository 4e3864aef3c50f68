package dev.relevo.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonBodyTest {
  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static HttpProblem refused(String body) {
    HttpProblem problem =
        catchThrowableOfType(HttpProblem.class, () -> JsonBody.object(bytes(body)));
    assertThat(problem).as("%.50s was taken", body).isNotNull();
    assertThat(problem.status()).isEqualTo(400);
    // Nobody outside is to know what reads it.
    assertThat(problem.words()).doesNotContain("jackson", "`");
    return problem;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "null",
        "{",
        "{\"a\":1,\"a\":2}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":1}{\"b\":2}",
        "{'a':1}",
        "{\"a\":\"\u00ff\u00fe\"}",
        "{\"a\":01}"
      })
  void whatIsNoObjectIsRefused(String body) {
    refused(body);
  }

  @Test
  void whatIsTooDeepOrTooLongIsRefused() {
    refused("{\"a\":" + "[".repeat(20_000) + "]".repeat(20_000) + "}");
    refused("{\"a\":" + "9".repeat(50_000) + "}");
    assertThat(refused("{\"a\":1} x").words()).contains("column 9");
  }

  @Test
  void whatIsWideIsTaken() {
    byte[] wide = bytes("{\"a\":[" + "1,".repeat(20_000) + "1]}");
    assertThat(JsonBody.object(wide).path("a").size()).isEqualTo(20_001);
  }
}
