package dev.relevo.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.gateway.batches.BatchRecord.CancelAsked;
import dev.relevo.gateway.batches.BatchRecord.Counted;
import dev.relevo.gateway.batches.BatchRecord.Created;
import dev.relevo.gateway.batches.BatchRecord.Ended;
import dev.relevo.gateway.batches.BatchRecord.Finalizing;
import dev.relevo.gateway.batches.BatchRecord.Problem;
import dev.relevo.gateway.batches.BatchRecord.Started;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BatchTest {
  private static final Created CREATED =
      new Created(
          "school",
          "file-1",
          "/v1/chat/completions",
          1_000,
          86_401_000,
          Map.of("a", "b"),
          3_600_000);
  private static final Started STARTED = new Started(2_000, 10, "m");
  private static final Finalizing FINALIZING = new Finalizing(4_000);
  private static final CancelAsked CANCEL = new CancelAsked(3_000);
  private static final Ended COMPLETED = ended(BatchStatus.COMPLETED);

  private static Ended ended(BatchStatus status) {
    return new Ended(status, 5_000, 10, 9, 1, 90, 18, 4L, 5L, "file-2", "file-3", List.of());
  }

  private static Batch fold(BatchRecord... records) {
    Batch batch = Batch.of("01997f6e-4b1c-7d50-8a43-0f6b8a0c5d11", CREATED);
    for (BatchRecord record : records) {
      batch = batch.with(record);
    }
    return batch;
  }

  @Test
  void goesFromValidatingToCompleted() {
    assertThat(fold().status()).isEqualTo(BatchStatus.VALIDATING);
    assertThat(fold(STARTED).status()).isEqualTo(BatchStatus.IN_PROGRESS);
    assertThat(fold(STARTED, FINALIZING).status()).isEqualTo(BatchStatus.FINALIZING);
    assertThat(fold(STARTED, FINALIZING, COMPLETED).status()).isEqualTo(BatchStatus.COMPLETED);
  }

  @Test
  void goesFromCancellingToCancelled() {
    assertThat(fold(CANCEL).status()).isEqualTo(BatchStatus.CANCELLING);
    assertThat(fold(STARTED, CANCEL, FINALIZING).status()).isEqualTo(BatchStatus.CANCELLING);
    assertThat(fold(STARTED, CANCEL, FINALIZING, ended(BatchStatus.CANCELLED)).status())
        .isEqualTo(BatchStatus.CANCELLED);
  }

  @Test
  void whatComesTooLateChangesNothing() {
    Batch done = fold(STARTED, FINALIZING, COMPLETED);

    assertThat(done.with(CANCEL)).isEqualTo(done);
    assertThat(done.with(new Started(9_000, 3, "n"))).isEqualTo(done);
    assertThat(done.with(ended(BatchStatus.CANCELLED))).isEqualTo(done);
    assertThat(fold(STARTED, FINALIZING, CANCEL).status()).isEqualTo(BatchStatus.FINALIZING);
  }

  @Test
  void everyRecordIsReadBackAsItWas() {
    for (BatchRecord record :
        List.of(
            CREATED,
            STARTED,
            new Counted(3, 1),
            CANCEL,
            FINALIZING,
            COMPLETED,
            new Ended(
                BatchStatus.FAILED,
                5_000,
                0,
                0,
                0,
                0,
                0,
                null,
                null,
                null,
                null,
                List.of(new Problem("code", "words", null, 17L))))) {
      byte[] bytes = BatchCodec.encode(record);
      assertThat(BatchCodec.decode(bytes)).contains(record);
      assertThat(new String(bytes, StandardCharsets.UTF_8))
          .contains("\"type\":\"" + record.kind() + "\"");
      assertThat(BatchRecord.KINDS).contains(record.kind());
    }
    assertThat(BatchCodec.decode("{\"type\":\"later\"}".getBytes(StandardCharsets.UTF_8)))
        .isEmpty();
  }
}
