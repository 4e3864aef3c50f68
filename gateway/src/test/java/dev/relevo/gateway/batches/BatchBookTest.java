package dev.relevo.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.JobIds;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BatchBookTest {
  private final Random random = new Random(7);
  private final BatchBook book = new BatchBook();

  private void take(String key, @Nullable BatchRecord said) {
    byte[] value = said == null ? null : BatchCodec.encode(said);
    book.take(new ConsumerRecord<>("batches", 0, 0, key, value));
  }

  private String open(String tenant, long createdAtMs) {
    String uuid = JobIds.create(createdAtMs, random);
    take(
        BatchCodec.key(uuid, "created"),
        new BatchRecord.Created(
            tenant, "file-1", BatchRequest.ENDPOINT, createdAtMs, 9_000, Map.of(), 1_000));
    return uuid;
  }

  private String ended(String tenant, long createdAtMs, long endedAtMs) {
    String uuid = open(tenant, createdAtMs);
    take(BatchCodec.keyOfEnd(uuid, "first"), end(endedAtMs));
    return uuid;
  }

  private static BatchRecord.Ended end(long atMs) {
    return new BatchRecord.Ended(
        BatchStatus.COMPLETED, atMs, 1, 1, 0, 0, 0, null, null, null, null, List.of());
  }

  @Test
  void oneThatRanLongIsNotMissedLeastWhenItHasOnlyJustEnded() {
    ended("school", 1_000, 8_000);
    String brief = ended("school", 2_000, 3_000);
    open("school", 500);
    ended("other", 100, 200);

    assertThat(book.leastMissed(1)).extracting(Batch::uuid).containsExactly(brief);
  }

  @Test
  void whoHasMostIsForgottenFirstAndOnlyWhatHasEnded() {
    String third = ended("school", 1_000, 5_000);
    String first = ended("school", 1_000, 3_000);
    String second = ended("school", 1_000, 4_000);
    String others = ended("other", 1_000, 1_000);
    open("school", 500);

    assertThat(book.leastMissed(0)).isEmpty();
    assertThat(book.leastMissed(2)).extracting(Batch::uuid).containsExactly(first, second);
    assertThat(book.leastMissed(9))
        .extracting(Batch::uuid)
        .containsExactlyInAnyOrder(first, second, third, others);
  }

  @Test
  void anEndIsKnownUntilItIsClearedAwayItself() {
    String batch = ended("school", 1_000, 2_000);
    String end = BatchCodec.keyOfEnd(batch, "first");

    assertThat(book.halfForgotten()).isEmpty();
    take(BatchCodec.key(batch, "created"), null);
    take(BatchCodec.key(batch, "started"), null);
    assertThat(book.find(batch)).isEmpty();
    assertThat(book.ends(batch)).containsExactly(end);
    assertThat(book.halfForgotten()).containsExactly(batch);
    take(end, null);
    assertThat(book.halfForgotten()).isEmpty();
  }

  @Test
  void anEndWhoseBatchIsForgottenAlreadyIsKnown() {
    String batch = JobIds.create(1_000, random);
    take(BatchCodec.keyOfEnd(batch, "late"), end(2_000));

    assertThat(book.find(batch)).isEmpty();
    assertThat(book.halfForgotten()).containsExactly(batch);
  }
}
