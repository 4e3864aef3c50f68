package dev.relevo.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.errors.NotFoundException;
import com.openai.errors.RateLimitException;
import com.openai.models.batches.Batch;
import com.openai.models.files.FileObject;
import dev.relevo.testkit.HouseOptions;
import dev.relevo.testkit.RelevoHouse;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What many tenants share, and none may use up. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SharingTest {
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
  void whoMakesManyBatchesPushesOutHisOwn() throws Exception {
    BatchLimits few = new BatchLimits(8, 4, 16, 3, Duration.ofHours(24), Duration.ofSeconds(1));
    try (BatchDoor gateway = BatchDoor.open(house, few, BatchDoor.FILE_LIMITS)) {
      Batch quiet = failed(gateway, gateway.sdk("quiet"));
      Batch first = failed(gateway, gateway.sdk);
      Batch second = failed(gateway, gateway.sdk);
      Batch third = failed(gateway, gateway.sdk);
      BatchBook book = gateway.batches.book();
      assertThat(book.await(() -> book.size() == 3, Duration.ofSeconds(20))).isTrue();

      assertThat(gateway.sdk.batches().list().items())
          .extracting(Batch::id)
          .containsExactly(third.id(), second.id());
      assertThatThrownBy(() -> gateway.sdk.batches().retrieve(first.id()))
          .isInstanceOf(NotFoundException.class);
      assertThat(gateway.sdk("quiet").batches().retrieve(quiet.id()).status())
          .isEqualTo(Batch.Status.FAILED);
    }
  }

  private static Batch failed(BatchDoor gateway, OpenAIClient as) throws Exception {
    byte[] broken = "no json".getBytes(StandardCharsets.UTF_8);
    FileObject file = gateway.upload(as, "in.jsonl", new ByteArrayInputStream(broken));
    Batch batch = gateway.awaitEnd(as, gateway.create(as, file));
    as.files().delete(file.id());
    return batch;
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
