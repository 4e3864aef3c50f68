package dev.relevo.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.MalformedRecordException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobRequestTest {
  private static final List<ChatMessage> ASK = List.of(ChatMessage.user("Why? „é“"));

  private static String body(JobRequest request) {
    return new String(request.bytes(), StandardCharsets.UTF_8);
  }

  @Test
  void messagesBecomeAnOpenAiBody() {
    JobRequest request =
        JobRequest.messages(ASK)
            .model("m")
            .option("temperature", 0.5)
            .option("max_tokens", 9)
            .build();

    assertThat(body(request))
        .isEqualTo(
            "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Why? „é“\"}],"
                + "\"temperature\":0.5,\"max_tokens\":9}");
    assertThat(request.headers().model()).isEqualTo("m");
  }

  @Test
  void whatIsNotSaidHasTheProtocolsDefault() {
    JobRequest request = JobRequest.of(ASK);

    assertThat(request.headers()).isEqualTo(JobHeaders.DEFAULTS);
    assertThat(request.id()).isNull();
    assertThat(request.deadline()).isNull();
    assertThat(body(request)).doesNotContain("model");
  }

  @Test
  void aGivenBodyStaysAsItIs() {
    assertThat(body(JobRequest.body(" {\"messages\": [] } ").model("x").build()))
        .isEqualTo(" {\"messages\": [] } ");
    assertThatThrownBy(() -> JobRequest.body("{}").option("n", 2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'n'");
  }

  @Test
  void refusesWhatTheProtocolDoesNotKnow() {
    assertThatThrownBy(() -> JobRequest.messages(ASK).priority(10).build())
        .isInstanceOf(MalformedRecordException.class);
    assertThatThrownBy(() -> JobRequest.messages(ASK).id("a\nb"))
        .isInstanceOf(MalformedRecordException.class);
    assertThatThrownBy(() -> JobRequest.messages(ASK).deadline(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
