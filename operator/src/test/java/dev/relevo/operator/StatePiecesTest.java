package dev.relevo.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.StateRecord;
import dev.relevo.operator.fixture.KnownStates;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What state says of jobs, without Kafka. */
class StatePiecesTest {
  private static ConsumerRecord<String, byte[]> record(
      long offset, String key, @Nullable StateRecord value) {
    return new ConsumerRecord<>(
        "relevo.state", 0, offset, key, value == null ? null : MessageCodec.encode(value));
  }

  private static ConsumerRecord<String, byte[]> tombstone(long offset, String key, long epoch) {
    ConsumerRecord<String, byte[]> record = record(offset, key, null);
    record.headers().add("relevo-epoch", Long.toString(epoch).getBytes(StandardCharsets.UTF_8));
    return record;
  }

  private static ConsumerRecord<String, byte[]> opened(long offset) {
    return record(offset, StateRecord.OPENED_KEY, new StateRecord.Opened("d"));
  }

  private static @Nullable JobStatus after(List<ConsumerRecord<String, byte[]>> records) {
    StateFold fold = new StateFold(Set.of("a"));
    StateIndex index = new StateIndex(10);
    records.forEach(record -> {
      fold.take(record);
      index.read(StateEntry.of(record), record.offset());
    });
    List<KnownJob> known = fold.of("a");
    // The two ways to read state agree on which record counts.
    records.stream()
        .filter(record -> record.value() != null && "a".equals(record.key()))
        .filter(record -> index.counts("a", record.offset()))
        .forEach(record -> assertThat(StateEntry.job(record)).isEqualTo(known.getFirst()));
    return known.isEmpty() ? null : known.getFirst().state().status();
  }

  @Test
  void theLastRecordCounts() {
    assertThat(
            after(
                List.of(
                    opened(0),
                    record(1, "a", KnownStates.job(0, JobStatus.ASSIGNED, "attic")),
                    record(2, "b", KnownStates.job(0, JobStatus.ASSIGNED, "attic")),
                    record(3, "a", KnownStates.job(0, JobStatus.SUCCEEDED, null)))))
        .isEqualTo(JobStatus.SUCCEEDED);
  }

  @Test
  void aRecordBehindOneOfAHigherEpochIsVoid() {
    assertThat(
            after(
                List.of(
                    opened(0),
                    record(1, "a", KnownStates.job(0, JobStatus.ASSIGNED, "attic")),
                    opened(2),
                    record(3, "a", KnownStates.job(2, JobStatus.SUCCEEDED, null)),
                    record(4, "a", KnownStates.job(0, JobStatus.RUNNING, "attic")))))
        .isEqualTo(JobStatus.SUCCEEDED);
    assertThat(
            after(
                List.of(
                    opened(0),
                    record(1, "a", KnownStates.job(0, JobStatus.SUCCEEDED, null)),
                    opened(2),
                    tombstone(3, "a", 0))))
        .describedAs("the earlier owner may not forget it any more")
        .isEqualTo(JobStatus.SUCCEEDED);
  }

  @Test
  void whereCompactionLeftOnlyAVoidRecordItIsBetterThanNone() {
    assertThat(
            after(
                List.of(opened(5), record(6, "a", KnownStates.job(0, JobStatus.RUNNING, "attic")))))
        .isEqualTo(JobStatus.RUNNING);
  }

  @Test
  void aForgottenJobIsNotThere() {
    assertThat(
            after(
                List.of(
                    opened(0),
                    record(1, "a", KnownStates.job(0, JobStatus.SUCCEEDED, null)),
                    tombstone(2, "a", 0))))
        .isNull();
  }

  @Test
  void scribbleIsPassedOver() {
    ConsumerRecord<String, byte[]> noJson =
        new ConsumerRecord<>("relevo.state", 0, 2, "a", new byte[] {1, 2, 3});
    ConsumerRecord<String, byte[]> noKey = new ConsumerRecord<>("relevo.state", 0, 3, null, null);

    assertThat(
            after(
                List.of(record(1, "a", KnownStates.job(0, JobStatus.RUNNING, "n")), noJson, noKey)))
        .isEqualTo(JobStatus.RUNNING);
  }

  @Test
  void anIndexGrowsToItsBound() {
    StateIndex index = new StateIndex(5_000);
    for (int i = 0; i < 5_000; i++) {
      index.read(new StateEntry(StateEntry.Kind.JOB, "job-" + i, 0), i);
    }
    for (int i = 0; i < 5_000; i++) {
      assertThat(index.counts("job-" + i, i)).isTrue();
    }
    StateEntry more = new StateEntry(StateEntry.Kind.JOB, "more", 0);
    assertThatThrownBy(() -> index.read(more, 9)).hasMessageContaining("5000");
  }

  @Test
  void whatNeverEndedComesFirstAndThenTheNewest() {
    KnownJob ended = new KnownJob("e", 0, KnownStates.job(0, JobStatus.DEAD, null));
    KnownJob live = new KnownJob("l", 0, KnownStates.job(0, JobStatus.PARKED, null));

    assertThat(List.of(ended, live).stream().sorted(KnownJob.NEWEST_FIRST))
        .containsExactly(live, ended);
  }

  @Test
  void aForgetfulIndexStaysSmallHoweverManyJobsComeAndGo() {
    StateIndex index = StateIndex.forgetful(1_000_000);
    int jobs = 300_000;
    for (int i = 0; i < jobs; i++) {
      index.read(new StateEntry(StateEntry.Kind.JOB, "job-" + i, 0), 2L * i);
      index.read(new StateEntry(StateEntry.Kind.TOMBSTONE, "job-" + i, 0), 2L * i + 1);
    }
    index.read(new StateEntry(StateEntry.Kind.JOB, "last", 0), 2L * jobs);

    assertThat(index.size())
        .as("tombstones of 65,536 offsets, and as many again")
        .isLessThan(70_000);
    assertThat(index.offset("job-7")).isEqualTo(-1);
    assertThat(index.offset("last")).isEqualTo(2L * jobs);
  }

  @Test
  void aForgetfulIndexThatIsFullForgetsWhatChangedLongestAgo() {
    StateIndex index = StateIndex.forgetful(1_000);
    for (int i = 0; i < 10_000; i++) {
      index.read(new StateEntry(StateEntry.Kind.JOB, "job-" + i, 0), i);
    }

    assertThat(index.size()).isLessThanOrEqualTo(1_000);
    assertThat(index.offset("job-0")).isEqualTo(-1);
    for (int i = 9_600; i < 10_000; i++) {
      assertThat(index.offset("job-" + i)).isEqualTo(i);
    }
  }

  @Test
  void aTombstoneIsRememberedForALateWriter() {
    StateIndex index = StateIndex.forgetful(1_000);
    index.read(new StateEntry(StateEntry.Kind.JOB, "a", 0), 1);
    index.read(new StateEntry(StateEntry.Kind.OPENED, "", 2), 2);
    index.read(new StateEntry(StateEntry.Kind.TOMBSTONE, "a", 2), 3);

    assertThat(index.read(new StateEntry(StateEntry.Kind.JOB, "a", 0), 4)).isFalse();
    assertThat(index.offset("a")).isEqualTo(-1);
  }
}
