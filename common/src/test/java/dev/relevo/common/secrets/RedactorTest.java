package dev.relevo.common.secrets;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactorTest {
  private static final String KEY = "sk-Relevo/Kanarienvogel+42=qZ7";
  private final Redactor redactor = Redactor.of(List.of(KEY));

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aKeyInAMessageIsGoneAndTheRestStays() {
    assertThat(redactor.clean("Incorrect API key provided: " + KEY + ". Find yours at the shop."))
        .isEqualTo("Incorrect API key provided: [secret]. Find yours at the shop.");
    assertThat(redactor.clean(KEY + KEY)).isEqualTo("[secret]");
  }

  @Test
  void aTextWithoutAnyIsTheSameText() {
    String text = "cloud (OpenAI-compatible server at https://api.example.com/v1) answered 401";

    assertThat(redactor.clean(text)).isSameAs(text);
    assertThat(Redactor.NONE.clean(KEY)).isSameAs(KEY);
  }

  @Test
  void encodedFormsAreGone() {
    assertThat(redactor.clean("?key=" + URLEncoder.encode(KEY, StandardCharsets.UTF_8) + "&a=1"))
        .isEqualTo("?key=[secret]&a=1");
    assertThat(redactor.clean("sk-Relevo%2fKanarienvogel%2b42%3dqZ7")).isEqualTo("[secret]");
    assertThat(redactor.clean(HexFormat.of().formatHex(bytes(KEY)))).isEqualTo("[secret]");
    assertThat(redactor.clean(KEY.toUpperCase(Locale.ROOT))).isEqualTo("[secret]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "ab", "user:", "Bearer ", "x-api-key: "})
  void base64OfItAndItsNeighboursIsGone(String before) {
    for (String after : List.of("", "!", "\r\n")) {
      for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
        String encoded = encoder.encodeToString(bytes(before + KEY + after));

        String clean = redactor.clean(encoded);

        assertThat(clean).contains(Redactor.MARK);
        int shown = clean.length() - Redactor.MARK.length();
        assertThat(shown).as(clean).isLessThanOrEqualTo((before.length() + after.length()) * 2 + 4);
      }
    }
  }

  @Test
  void whatIsLeftOfACutOneIsGone() {
    assertThat(redactor.clean("provided: sk-Relevo/Kan")).isEqualTo("provided: [secret]");
    assertThat(redactor.clean("provided: sk-Rel…")).isEqualTo("provided: [secret]");
    assertThat(redactor.clean("it ends with vogel+42=qZ7")).isEqualTo("it ends with [secret]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sk-Relev*******2=qZ7",
        "sk-R...=qZ7",
        "sk-R********************",
        "•••••••2=qZ7",
        "sk-XXXXXXXXqZ7"
      })
  void oneWithAMaskIsGone(String masked) {
    assertThat(redactor.clean("Incorrect API key provided: " + masked + ", sorry"))
        .isEqualTo("Incorrect API key provided: [secret], sorry");
  }

  @Test
  void aMaskOfSomethingElseStays() {
    assertThat(redactor.clean("models llama3*, gemma... and 7 more"))
        .isEqualTo("models llama3*, gemma... and 7 more");
  }

  @Test
  void shortOnesAreTakenOutWholeAndTheShortestAreNoSecrets() {
    assertThat(Redactor.of(List.of("hunter2")).clean("password hunter2 is wrong, hunter is not"))
        .isEqualTo("password [secret] is wrong, hunter is not");
    assertThat(Redactor.of(List.of("abc", "")).clean("abc")).isEqualTo("abc");
  }

  @Test
  void itDoesNotTellThemItself() {
    assertThat(redactor.toString()).doesNotContain(KEY);
  }

  @Test
  void passwordsOfKafkaAreFound() {
    assertThat(
            KafkaSecrets.of(
                Map.of(
                    "sasl.jaas.config",
                    "org.apache.kafka.common.security.plain.PlainLoginModule required"
                        + " username=\"relevo\" password=\"pass \\\"word\\\"\" tokenauth=true"
                        + " clientSecret=bare;")))
        .containsExactlyInAnyOrder("pass \"word\"", "bare");
    assertThat(
            KafkaSecrets.of(
                Map.of(
                    "ssl.key.password", "one",
                    "ssl.keystore.key", "two",
                    "sasl.oauthbearer.client.credentials.client.secret", "three",
                    "security.protocol", "SASL_SSL",
                    "sasl.oauthbearer.token.endpoint.url", "https://a/token")))
        .containsExactlyInAnyOrder("one", "two", "three");
  }
}
