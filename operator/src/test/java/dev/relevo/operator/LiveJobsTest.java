package dev.relevo.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.StateRecord;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.operator.fixture.KnownStates;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The test is the producer and the dispatcher. */
@Timeout(120)
class LiveJobsTest extends OnKafka {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final String BODY = "{\"model\":\"m\",\"messages\":[]}";

  @BeforeEach
  void make() {
    makeTopics();
  }

  private LiveJobs open(String... running) throws InterruptedException {
    LiveJobs jobs =
        LiveJobs.open(clients, names, () -> Set.of(running), Supervisor.uncounted("The test"));
    assertThat(jobs.awaitReady(LONG)).isTrue();
    return jobs;
  }

  /** Puts it into a lane; returns where it stands there. */
  private long submit(String id, @Nullable Integer home, String tenant)
      throws ExecutionException, InterruptedException {
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(names.jobs(), home, id, BODY.getBytes(StandardCharsets.UTF_8));
    record.headers().add(HeaderNames.TENANT, tenant.getBytes(StandardCharsets.UTF_8));
    record.headers().add(HeaderNames.MODEL, "gemma3:4b".getBytes(StandardCharsets.UTF_8));
    record
        .headers()
        .add(HeaderNames.REPLY_TOPIC, "relevo.inbox.x".getBytes(StandardCharsets.UTF_8));
    try (Producer<String, byte[]> producer =
        clients.producer(dev.relevo.common.kafka.ProducerProfile.JOBS, "test")) {
      return producer.send(record).get().offset();
    }
  }

  private ProducerRecord<String, byte[]> state(
      String id, int home, long offset, JobStatus status, @Nullable String fence) {
    StateRecord.Job job =
        new StateRecord.Job(
            0,
            status,
            Lane.JOBS,
            offset,
            fence,
            null,
            null,
            null,
            null,
            true,
            1,
            List.of(),
            null,
            0,
            null,
            null,
            0,
            KnownStates.NOW_MS,
            null,
            null,
            Map.of());
    return new ProducerRecord<>(names.state(), home, id, MessageCodec.encode(job));
  }

  private ProducerRecord<String, byte[]> forgotten(String id, int home) {
    ProducerRecord<String, byte[]> record = new ProducerRecord<>(names.state(), home, id, null);
    record.headers().add(HeaderNames.EPOCH, "0".getBytes(StandardCharsets.UTF_8));
    return record;
  }

  @Test
  void looksAJobUpThroughAllOfItsLife() throws Exception {
    long offset = submit("a", 1, "shop");
    write(state("a", 1, offset, JobStatus.ASSIGNED, "1.0.1"));
    try (LiveJobs jobs = open("1.0.1")) {
      FoundJob found = jobs.lookUp("a").getFirst();

      assertThat(found.job().status()).as("a node says so").isEqualTo(JobStatus.RUNNING);
      JobRecord record = found.record();
      assertThat(record.headers().tenant()).isEqualTo("shop");
      assertThat(record.headers().replyPlace().topic()).isEqualTo("relevo.inbox.x");
      assertThat(new String(record.body(), StandardCharsets.UTF_8)).isEqualTo(BODY);
      assertThat(record.appendedAtMs()).isPositive();

      write(state("a", 1, offset, JobStatus.SUCCEEDED, "1.0.1"));
      write(state("b", 1, offset, JobStatus.PARKED, null));
      assertThat(jobs.awaitKnown("b", LONG)).hasSize(1);
      assertThat(jobs.lookUp("a").getFirst().job().status()).isEqualTo(JobStatus.SUCCEEDED);
      assertThat(jobs.lookUp("b").getFirst().record()).as("another job's record").isNull();

      write(forgotten("a", 1));
      write(state("c", 1, offset, JobStatus.PARKED, null));
      assertThat(jobs.awaitKnown("c", LONG)).hasSize(1);
      assertThat(jobs.lookUp("a")).isEmpty();
      assertThat(jobs.isKnown("a")).isFalse();
    }
  }

  @Test
  void aJobThatWasPutIntoTwoHomesIsFoundInBoth() throws Exception {
    write(
        List.of(
            state("a", 0, submit("a", 0, "shop"), JobStatus.SUCCEEDED, null),
            state("a", 1, submit("a", 1, "mill"), JobStatus.ASSIGNED, "1.0.1")));
    try (LiveJobs jobs = open()) {
      assertThat(jobs.lookUp("a"))
          .extracting(found -> found.record().headers().tenant())
          .containsExactly("shop", "mill");
    }
  }

  @Test
  void aJobWhoseRecordItsLaneHasNoLongerIsStillKnown() throws Exception {
    long offset = submit("a", 0, "shop");
    write(state("a", 0, offset, JobStatus.SUCCEEDED, null));
    try (Admin admin = clients.admin("test-delete")) {
      TopicPartition lane = new TopicPartition(names.jobs(), 0);
      admin.deleteRecords(Map.of(lane, RecordsToDelete.beforeOffset(offset + 1))).all().get();
    }
    try (LiveJobs jobs = open()) {
      FoundJob found = jobs.lookUp("a").getFirst();

      assertThat(found.job().status()).isEqualTo(JobStatus.SUCCEEDED);
      assertThat(found.record()).isNull();
    }
  }

  @Test
  void aJobThatNobodyHasWrittenDownIsFoundInItsLane() throws Exception {
    submit("other", null, "shop");
    submit("a", null, "mill");
    try (LiveJobs jobs = open()) {
      assertThat(jobs.lookUp("a")).isEmpty();
      assertThat(jobs.awaitKnown("a", Duration.ofMillis(1))).isEmpty();
      assertThat(jobs.waiting("a").orElseThrow().headers().tenant()).isEqualTo("mill");
      assertThat(jobs.waiting("a").orElseThrow().body()).as("asked again").isNotEmpty();
      assertThat(jobs.waiting("b")).isEmpty();
      assertThat(jobs.seek("a").waiting()).isPresent();
      assertThat(jobs.seek("b").waiting()).isEmpty();
    }
  }

  @Test
  void whoWaitsForAJobHearsOfItWhenItIsWrittenDown() throws Exception {
    long offset = submit("a", 0, "shop");
    try (LiveJobs jobs = open()) {
      CompletableFuture<List<FoundJob>> found = new CompletableFuture<>();
      Thread.ofVirtual()
          .start(() -> {
            try {
              found.complete(jobs.awaitKnown("a", LONG));
            } catch (InterruptedException | RuntimeException e) {
              found.completeExceptionally(e);
            }
          });
      write(state("a", 0, offset, JobStatus.ASSIGNED, "0.0.1"));

      assertThat(found.get(60, TimeUnit.SECONDS)).hasSize(1);
    }
  }

  /** Dispatchers have done with what stands before these offsets. */
  private void commit(Map<TopicPartition, OffsetAndMetadata> done) throws Exception {
    try (Admin admin = clients.admin("test-commit")) {
      admin.alterConsumerGroupOffsets(names.dispatcherGroup(), done).all().get();
    }
  }

  private static List<String> pages(LiveJobs jobs, JobQuery first) throws InterruptedException {
    List<String> ids = new ArrayList<>();
    JobQuery query = first;
    while (true) {
      JobPage page = jobs.list(query);
      assertThat(page.jobs()).hasSizeLessThanOrEqualTo(query.limit());
      page.jobs().forEach(job -> ids.add(job.job().id()));
      if (page.next() == null) {
        return ids;
      }
      query =
          new JobQuery(first.states(), first.model(), first.tenant(), first.limit(), page.next());
    }
  }

  @Test
  void listsTheNewestFirstPageByPage() throws Exception {
    List<String> newestFirst = new ArrayList<>();
    Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
    int count = 40;
    for (int i = 0; i < count; i++) {
      String id = "job-" + i;
      int home = i % HOMES;
      long offset = submit(id, home, i % 5 == 0 ? "mill" : "shop");
      write(state(id, home, offset, i % 4 == 0 ? JobStatus.DEAD : JobStatus.SUCCEEDED, null));
      done.put(new TopicPartition(names.jobs(), home), new OffsetAndMetadata(offset + 1));
      newestFirst.addFirst(id);
    }
    commit(done);
    write(forgotten("job-11", 1));
    newestFirst.remove("job-11");
    try (LiveJobs jobs = open()) {
      JobQuery all = new JobQuery(Set.of(), null, null, 7, null);
      assertThat(pages(jobs, all)).isEqualTo(newestFirst);
      ListedJob newest = jobs.list(all).jobs().getFirst();
      assertThat(newest.tenant()).isEqualTo("shop");
      assertThat(newest.model()).isEqualTo("gemma3:4b");
      assertThat(newest.submittedMs()).isPositive();

      assertThat(pages(jobs, new JobQuery(Set.of(), null, "mill", 3, null)))
          .containsExactly(
              "job-35", "job-30", "job-25", "job-20", "job-15", "job-10", "job-5", "job-0");
      assertThat(pages(jobs, new JobQuery(Set.of(JobStatus.DEAD), "gemma*", null, 200, null)))
          .hasSize(10)
          .startsWith("job-36");
      assertThat(pages(jobs, new JobQuery(Set.of(), "llama3", null, 200, null))).isEmpty();

      // A job that changes comes first, and never twice on the pages behind.
      JobPage first = jobs.list(all);
      write(state("job-0", 0, 0, JobStatus.CANCELLED, null));
      write(state("b", 0, 0, JobStatus.PARKED, null));
      assertThat(jobs.awaitKnown("b", LONG)).hasSize(1);
      assertThat(pages(jobs, new JobQuery(Set.of(), null, null, 7, first.next())))
          .hasSize(newestFirst.size() - 7 - 1)
          .doesNotContain("job-0", "b");
      assertThat(jobs.list(all).jobs().getFirst().job().id()).isEqualTo("b");
    }
  }

  @Test
  void jobsThatWaitForTheirFirstNodeAreListedToo() throws Exception {
    List<String> newestFirst = new ArrayList<>();
    Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
    for (int i = 0; i < 12; i++) {
      String id = "job-" + i;
      int home = i % HOMES;
      long offset = submit(id, home, i % 5 == 0 ? "mill" : "shop");
      if (i < 4) {
        // Dispatchers have done with these, and long forgotten them.
        TopicPartition lane = new TopicPartition(names.jobs(), home);
        done.put(lane, new OffsetAndMetadata(offset + 1));
      } else {
        newestFirst.addFirst(id);
      }
      if (i == 7) {
        write(state(id, home, offset, JobStatus.SUCCEEDED, null));
      }
    }
    commit(done);
    try (LiveJobs jobs = open()) {
      assertThat(pages(jobs, new JobQuery(Set.of(), null, null, 3, null))).isEqualTo(newestFirst);
      ListedJob newest = jobs.list(new JobQuery(Set.of(), null, null, 1, null)).jobs().getFirst();
      assertThat(newest.job().status()).isEqualTo(JobStatus.QUEUED);
      assertThat(newest.model()).isEqualTo("gemma3:4b");
      assertThat(newest.submittedMs()).isEqualTo(newest.job().state().updatedAtMs());
      assertThat(pages(jobs, new JobQuery(Set.of(JobStatus.QUEUED), null, "mill", 1, null)))
          .containsExactly("job-10", "job-5");
      assertThat(pages(jobs, new JobQuery(Set.of(JobStatus.SUCCEEDED), null, null, 3, null)))
          .containsExactly("job-7");
    }
  }

  @Test
  void aLongHistoryIsListedStretchByStretch() throws Exception {
    long offset = submit("x", 0, "shop");
    commit(Map.of(new TopicPartition(names.jobs(), 0), new OffsetAndMetadata(offset + 1)));
    List<ProducerRecord<String, byte[]>> history = new ArrayList<>();
    int jobs = 1_300;
    for (int i = 0; i < jobs; i++) {
      history.add(state("job-" + i, 0, offset, JobStatus.SUCCEEDED, null));
    }
    for (int i = 0; i < 3_000; i++) {
      history.add(state("busy", 0, offset, JobStatus.RUNNING, null));
    }
    write(history);
    try (LiveJobs live = open()) {
      List<String> ids = pages(live, new JobQuery(Set.of(), null, null, 200, null));

      assertThat(ids).hasSize(jobs + 1).doesNotHaveDuplicates().startsWith("busy", "job-1299");
      assertThat(ids.getLast()).isEqualTo("job-0");
    }
  }
}
