package dev.relevo.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.operator.fixture.KnownStates;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** Looking for a job that a dispatcher is just about to write down. */
class JobSearchTest {
  private static final FoundJob WRITTEN =
      new FoundJob(new KnownJob("a", 0, KnownStates.job(0, JobStatus.ASSIGNED, "attic")), null);

  private static final JobRecord WAITING =
      new JobRecord("a", Lane.JOBS, 0, 7, 1, JobHeaders.parse(new RecordHeaders()), new byte[0]);

  /** Where a job is found, and what was done for it, in order. */
  private static final class Scripted implements JobSearch.Places {
    private final List<String> asked = new ArrayList<>();
    private boolean written;
    private boolean waits;
    private boolean writtenMeanwhile;

    @Override
    public List<FoundJob> written(String id) {
      asked.add("written");
      return written ? List.of(WRITTEN) : List.of();
    }

    @Override
    public Optional<JobRecord> waiting(String id) {
      asked.add("waiting");
      return waits ? Optional.of(WAITING) : Optional.empty();
    }

    @Override
    public void catchUp(String id) {
      asked.add("catchUp");
      written = writtenMeanwhile;
    }
  }

  private final Scripted places = new Scripted();
  private final JobSearch search = new JobSearch(places);

  @Test
  void whatIsWrittenDownIsAllThatIsAsked() throws Exception {
    places.written = true;

    assertThat(search.seek("a")).isEqualTo(new SoughtJob(List.of(WRITTEN), Optional.empty()));
    assertThat(places.asked).containsExactly("written");
  }

  @Test
  void aJobOfWhichNothingIsWrittenIsFoundInItsLane() throws Exception {
    places.waits = true;

    assertThat(search.seek("a")).isEqualTo(new SoughtJob(List.of(), Optional.of(WAITING)));
    assertThat(places.asked).containsExactly("written", "waiting");
  }

  @Test
  void aJobThatIsWrittenDownBetweenTheTwoLooksIsFoundAllTheSame() throws Exception {
    places.writtenMeanwhile = true;

    assertThat(search.seek("a")).isEqualTo(new SoughtJob(List.of(WRITTEN), Optional.empty()));
    assertThat(places.asked).containsExactly("written", "waiting", "catchUp", "written");
  }

  @Test
  void thereIsNoneOnlyWhenAllWasRead() throws Exception {
    assertThat(search.seek("a")).isEqualTo(new SoughtJob(List.of(), Optional.empty()));
    assertThat(places.asked).containsExactly("written", "waiting", "catchUp", "written");
  }

  @Test
  void anIndexTellsWhenAllHomesWereReadSoFar() throws Exception {
    StateIndexes index = new StateIndexes(10);
    Map<Integer, Long> ends = Map.of(0, 2L, 1, 0L);
    assertThat(index.awaitRead(ends, Duration.ofMillis(1))).as("nothing was read").isFalse();

    index.take(records("x", 0), Map.of(0, 1L, 1, 0L));
    assertThat(index.awaitRead(ends, Duration.ofMillis(1))).as("the first of two").isFalse();

    index.take(records("y", 1), Map.of(0, 2L, 1, 0L));
    assertThat(index.awaitRead(ends, Duration.ofMillis(1))).isTrue();
    assertThat(index.awaitRead(Map.of(0, 2L, 1, 1L), Duration.ofMillis(1)))
        .as("the other home")
        .isFalse();
  }

  private static ConsumerRecords<String, byte[]> records(String id, long offset) {
    TopicPartition home = new TopicPartition("relevo.state", 0);
    return new ConsumerRecords<>(
        Map.of(home, List.of(new ConsumerRecord<>(home.topic(), 0, offset, id, new byte[0]))),
        Map.of());
  }
}
