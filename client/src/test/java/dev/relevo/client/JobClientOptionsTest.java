package dev.relevo.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.config.ReplyMode;
import dev.relevo.common.kafka.KafkaProblem;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class JobClientOptionsTest {

  @Test
  void theDefaults() {
    JobClientOptions options = JobClientOptions.to("k:9092").build();

    assertThat(options.replyMode()).isEqualTo(ReplyMode.TOPIC_PER_REQUEST);
    assertThat(options.topics().prefix()).isEqualTo("relevo");
    assertThat(options.readyTopics()).isEqualTo(32);
    assertThat(options.chunkBuffer()).isEqualTo(1_024);
    assertThat(options.maxOpenJobs()).isEqualTo(10_000);
    assertThat(options.maxFollowed()).isEqualTo(10_000);
    assertThat(options.replyRetention()).isEqualTo(Duration.ofHours(25));
    assertThat(options.keepReplies()).isFalse();
  }

  @Test
  void namesWhatIsOutOfRange() {
    assertThatThrownBy(() -> JobClientOptions.to("k:9092").readyTopics(0).build())
        .hasMessage("readyTopics is 0, expected 1 or more");
    assertThatThrownBy(
            () -> JobClientOptions.to("k:9092").replyRetention(Duration.ofHours(1)).build())
        .hasMessageContaining("more than an hour");
  }

  @Test
  void saysThatKafkaIsNotThere() {
    JobClientOptions.Builder options =
        JobClientOptions.to("127.0.0.1:1").startTimeout(Duration.ofMillis(300));

    assertThatThrownBy(options::connect)
        .isInstanceOf(KafkaProblem.class)
        .hasMessageContaining("127.0.0.1:1");
  }
}
