package dev.relevo.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.client.ChatMessage;
import dev.relevo.client.JobException;
import dev.relevo.client.JobHandle;
import dev.relevo.client.JobRequest;
import dev.relevo.client.JobResult;
import dev.relevo.common.config.SettingsException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class HouseOptionsTest {

  private static JobRequest to(String model) {
    return JobRequest.messages(List.of(ChatMessage.user("x"))).model(model).build();
  }

  @Test
  void modelsThatCannotContinueAreAskedForEverything() throws Exception {
    HouseOptions options = HouseOptions.defaults().withoutContinuation();
    try (RelevoHouse house = RelevoHouse.start(options)) {
      house.model("gpt").answers("one two three").failsAtChunk(2).then().answers("one two three");

      JobResult result = house.client().submit(to("gpt")).result().get(30, TimeUnit.SECONDS);

      assertThat(result.text()).isEqualTo("one two three");
      assertThat(house.model("gpt").calls().get(1).prefix()).isNull();
      assertThat(house.model("gpt").calls().get(1).text()).isEqualTo("one two three");
    }
  }

  @Test
  void nodesOfferWhatTheyAreGiven() throws Exception {
    HouseOptions options =
        HouseOptions.defaults().withNodes(0).withNode("small", "little-*").withNode("big", "large");
    try (RelevoHouse house = RelevoHouse.start(options)) {
      house.anyModel().answers("x");
      for (String model : List.of("little-one", "large")) {
        house.client().submit(to(model)).result().get(30, TimeUnit.SECONDS);
      }

      assertThat(house.model("little-one").calls().getFirst().node()).isEqualTo("small");
      assertThat(house.model("large").calls().getFirst().node()).isEqualTo("big");
      JobHandle unserved =
          house
              .client()
              .submit(
                  JobRequest.messages(List.of(ChatMessage.user("x")))
                      .model("middle")
                      .deadline(Duration.ofMillis(500))
                      .build());
      assertThatThrownBy(() -> unserved.result().get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(JobException.class);
      assertThat(house.report()).contains("middle", "dead", "nodes   small, big");
    }
  }

  @Test
  void nodesTryAgainThemselvesWhereTheyAreTold() throws Exception {
    HouseOptions options =
        HouseOptions.defaults()
            .withSetting("node.backends.0.retry.max-attempts", "2")
            .withSetting("node.backends.0.retry.initial-backoff", "0ms");
    try (RelevoHouse house = RelevoHouse.start(options)) {
      house.model("gpt").fails(Failure.retryable("broken")).then().answers("well");

      JobResult result = house.client().submit(to("gpt")).result().get(30, TimeUnit.SECONDS);

      assertThat(result.attempts()).isEqualTo(1);
      assertThat(house.model("gpt").calls()).hasSize(2);
    }
  }

  @Test
  void whatDoesNotComeIsWaitedForAsLongAsTheOptionsSay() {
    HouseOptions options = HouseOptions.defaults().withPatience(Duration.ofMillis(300));
    try (RelevoHouse house = RelevoHouse.start(options)) {
      house.model("gpt").answers("one two").holdsAtChunk(1);
      assertThatThrownBy(() -> house.model("gpt").awaitCalls(1))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("model 'gpt' was called 0 times")
          .hasMessageContaining("called  nothing");
      assertThatThrownBy(() -> house.model("gpt").awaitRequest())
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("model 'gpt' was asked 0 times");

      assertThatThrownBy(() -> house.client().complete(to("gpt")))
          .isInstanceOf(JobException.class)
          .hasMessageContaining("held at chunk 1")
          .hasMessageContaining("model(\"gpt\").release()");
    }
  }

  @Test
  void aWrongSettingIsToldByItsName() {
    HouseOptions options = HouseOptions.defaults().withSetting("dispatcher.deadlin", "2s");

    assertThatThrownBy(() -> RelevoHouse.start(options))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("dispatcher.deadlin");
  }

  @Test
  void aKafkaThatIsNotThereIsTold() {
    HouseOptions options = HouseOptions.defaults().onKafka("localhost:1");

    assertThatThrownBy(() -> RelevoHouse.start(options)).hasMessageContaining("localhost:1");
  }
}
