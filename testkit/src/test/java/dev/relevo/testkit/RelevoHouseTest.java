package dev.relevo.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.client.ChatMessage;
import dev.relevo.client.JobException;
import dev.relevo.client.JobRequest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is left of a test when the next one begins. */
@Timeout(120)
class RelevoHouseTest {
  private static final JobRequest REQUEST =
      JobRequest.messages(List.of(ChatMessage.user("x")))
          .model("gpt")
          .maxAttempts(1)
          .deadline(Duration.ofSeconds(30))
          .build();

  @Test
  void aRateLimitEndsWithItsTest() {
    try (RelevoHouse house = RelevoHouse.start(HouseOptions.defaults().withNodes(1))) {
      RelevoHouse.Before before = house.beginTest();
      house.model("gpt").fails(Failure.rateLimited(Duration.ofMinutes(5)));
      assertThatThrownBy(() -> house.client().complete(REQUEST)).isInstanceOf(JobException.class);
      house.endTest(before);

      house.beginTest();
      house.model("gpt").answers("well");
      assertThat(house.client().complete(REQUEST).text()).isEqualTo("well");
    }
  }
}
