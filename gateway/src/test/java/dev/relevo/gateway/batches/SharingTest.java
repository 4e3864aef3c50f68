package dev.relevo.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.errors.RateLimitException;
import com.openai.models.files.FileObject;
import dev.relevo.testkit.HouseOptions;
import dev.relevo.testkit.RelevoHouse;
import java.io.InputStream;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Callers who take their time. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SlowTransfersTest {
  private RelevoHouse house;

  @BeforeAll
  void start() {
    house = RelevoHouse.start(HouseOptions.defaults().withNodes(0));
  }

  @AfterAll
  void stop() {
    house.close();
  }

  private void awaitFiles(int count) throws Exception {
    BatchDoor.awaitTopics(
        house,
        topics ->
            topics.stream().filter(topic -> house.topics().fileOf(topic).isPresent()).count()
                == count);
  }

  @Test
  void slowUploadsOfOneTenantHoldUpNobodyElse() throws Exception {
    try (BatchDoor gateway =
            BatchDoor.open(house, BatchDoor.LIMITS, BatchDoor.FILE_LIMITS.with(100, 1 << 30, 4));
        HalfUpload one = HalfUpload.begin(gateway, "slow");
        HalfUpload two = HalfUpload.begin(gateway, "slow")) {
      awaitFiles(2);

      assertThatThrownBy(
              () -> gateway.upload(gateway.sdk("slow"), "in.jsonl", InputStream.nullInputStream()))
          .isInstanceOfSatisfying(
              RateLimitException.class,
              refused -> {
                assertThat(refused.code()).contains("rate_limit_exceeded");
                assertThat(refused.headers().values("retry-after")).containsExactly("5");
              })
          .hasMessageContaining("of this tenant");
      FileObject quick = gateway.upload("in.jsonl", "x");
      assertThat(gateway.sdk.files().delete(quick.id()).deleted()).isTrue();
      assertThat(one.isOpen() && two.isOpen()).isTrue();
    }
    awaitFiles(0);
  }

  @Test
  void anUploadThatIsTooSlowIsBrokenOff() throws Exception {
    try (BatchDoor hasty =
            BatchDoor.open(
                house,
                BatchDoor.LIMITS,
                BatchDoor.FILE_LIMITS.withPace(1 << 30, Duration.ofMillis(200)));
        HalfUpload upload = HalfUpload.begin(hasty, "slow")) {
      awaitFiles(1);

      assertThat(upload.drip()).startsWith("HTTP/1.1 408 ").contains("upload_too_slow");
    }
    awaitFiles(0);
  }
}
