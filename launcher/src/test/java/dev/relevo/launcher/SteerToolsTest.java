package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.Message;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.operator.fixture.KnownStates;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tools that watch and steer, on a real Kafka; the test is the dispatcher and the nodes. */
@Timeout(120)
class SteerToolsTest extends DeadOnKafka {

  private ProducerRecord<String, byte[]> record(
      String topic, int partition, String key, Message m) {
    return new ProducerRecord<>(topic, partition, key, MessageCodec.encode(m));
  }

  private ProducerRecord<String, byte[]> state(
      String job, JobStatus status, @Nullable String node) {
    return record(names.state(), home(job), job, KnownStates.job(0, status, node));
  }

  private static int home(String job) {
    return Math.floorMod(job.hashCode(), 2);
  }

  private static NodeBeat beat(NodeBeat.State state, int running) {
    Map<String, NodeBeat.Phase> attempts =
        running == 0 ? Map.of() : Map.of("0.0.1", NodeBeat.Phase.RUNNING);
    return new NodeBeat("attic", "i1", 1, 0, state, 8, 60_000, attempts, List.of());
  }

  private void beat(NodeBeat beat) {
    write(List.of(record(names.heartbeats(), 0, "attic", beat)));
  }

  private List<ControlRecord> control() {
    return all(names.control()).stream()
        .map(record -> MessageCodec.decode(ControlRecord.class, record.value()))
        .toList();
  }

  // -- jobs

  @Test
  void jobsListsWhatStateHolds() {
    write(
        List.of(
            state("a", JobStatus.RUNNING, "attic"),
            state("b", JobStatus.PARKED, null),
            state("c", JobStatus.SUCCEEDED, null)));

    TestTerminal all = terminal();
    assertThat(all.run("jobs")).isEqualTo(ExitCode.DONE);
    assertThat(all.out().lines()).hasSize(4).first().asString().startsWith("JOB  STATE");
    assertThat(all.out().lines().skip(3)).singleElement().asString().startsWith("c ");
    assertThat(all.err())
        .contains("Known: 1 parked, 1 running, 1 succeeded.")
        .contains("Lane jobs: 0 more", "Lane batch: 0 more");

    assertThat(printed("jobs", "--json", "--state", "running", "--state", "PARKED").lines())
        .hasSize(2)
        .anyMatch(line -> line.contains("\"job\":\"a\",\"state\":\"RUNNING\""))
        .noneMatch(line -> line.contains("null"));
    assertThat(printed("jobs", "--json", "--model", "gemma3*").lines()).hasSize(1);
    TestTerminal two = terminal();
    assertThat(two.run("jobs", "--limit", "2")).isEqualTo(ExitCode.DONE);
    assertThat(two.out().lines()).hasSize(3);
    assertThat(two.err()).contains("And 1 more");
  }

  @Test
  void jobsCountsWhatHasNoRecordYet() throws Exception {
    ProducerRecord<String, byte[]> job =
        new ProducerRecord<>(names.jobs(), 0, "x", "{}".getBytes(StandardCharsets.UTF_8));
    write(Collections.nCopies(10, job));
    // One of them, at offset 7, is known.
    write(List.of(record(names.state(), 0, "a", KnownStates.job(0, JobStatus.RUNNING, "n"))));
    try (Admin admin = clients.admin("test")) {
      admin
          .alterConsumerGroupOffsets(
              names.dispatcherGroup(),
              Map.of(new TopicPartition(names.jobs(), 0), new OffsetAndMetadata(4)))
          .all()
          .get(20, TimeUnit.SECONDS);
    }
    assertThat(terminal().run("pause", "jobs")).isEqualTo(ExitCode.DONE);
    TestTerminal terminal = terminal();

    assertThat(terminal.run("jobs")).isEqualTo(ExitCode.DONE);

    assertThat(terminal.err())
        .contains("Lane jobs (paused): 5 more that wait for a first node or were not read yet.");
  }

  @Test
  void jobsAsksTheNodesWhoRuns() {
    write(List.of(state("a", JobStatus.ASSIGNED, "attic"), state("b", JobStatus.SUCCEEDED, null)));
    assertThat(printed("jobs", "--json", "--state", "running")).isEmpty();

    beat(beat(NodeBeat.State.READY, 1));

    assertThat(printed("jobs", "--json", "--state", "running").lines()).hasSize(1);
    assertThat(printed("jobs", "a")).contains("State    running since");
  }

  @Test
  void jobsTellsAllOfOne() {
    write(List.of(state("a", JobStatus.RUNNING, "attic")));

    assertThat(printed("jobs", "a")).contains("State    running since", "Node     attic");
    TestTerminal terminal = terminal();
    assertThat(terminal.run("jobs", "a", "z\u001b[31m")).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.out()).startsWith("Job      a");
    assertThat(terminal.err()).contains("Nothing is written of job z\\u001b[31m: it waits");
  }

  @Test
  void jobsReadsAHundredThousandInLittleTime() {
    int jobs = 100_000;
    for (JobStatus status : List.of(JobStatus.ASSIGNED, JobStatus.SUCCEEDED)) {
      write(() ->
          IntStream.range(0, jobs)
              .filter(i -> status == JobStatus.ASSIGNED || i % 100 != 0)
              .mapToObj(
                  i -> state("job-" + i, status, status == JobStatus.ASSIGNED ? "attic" : null))
              .iterator());
    }
    long began = System.nanoTime();
    TestTerminal terminal = terminal();

    assertThat(terminal.run("jobs", "--state", "assigned")).isEqualTo(ExitCode.DONE);

    long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    System.out.println("jobs, of " + jobs + " that are known: " + tookMs + " ms");
    assertThat(terminal.out().lines()).hasSize(101);
    assertThat(terminal.err()).contains("Known: 1,000 assigned, 99,000 succeeded.", "And 900 more");
    began = System.nanoTime();
    assertThat(printed("jobs", "job-77")).contains("succeeded");
    tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    System.out.println("jobs, one of " + jobs + ": " + tookMs + " ms");
  }

  // -- cancel

  @Test
  void cancelTellsWhatBecameOfEach() {
    write(
        List.of(
            state("done", JobStatus.SUCCEEDED, null),
            state("gone", JobStatus.CANCELLED, null),
            state("dead", JobStatus.DEAD, null),
            state("runs", JobStatus.RUNNING, "attic"),
            state("stops", JobStatus.RUNNING, "attic")));
    TestTerminal terminal = terminal();
    CompletableFuture<Integer> exitCode =
        CompletableFuture.supplyAsync(() ->
            terminal.run("cancel", "done", "gone", "dead", "runs", "stops", "nobody", "runs"));
    await(names.control(), record -> "stops".equals(record.key()));
    write(List.of(state("stops", JobStatus.CANCELLED, null)));

    assertThat(exitCode.join()).isEqualTo(ExitCode.FAILED);

    assertThat(terminal.err().lines())
        .satisfiesExactly(
            line -> assertThat(line).isEqualTo("Job done had ended before: succeeded."),
            line -> assertThat(line).isEqualTo("Job gone was cancelled before."),
            line ->
                assertThat(line)
                    .startsWith("Job dead had ended before: dead. If it was sent again"),
            line -> assertThat(line).isEqualTo("Job runs is asked to stop; now node attic has it."),
            line -> assertThat(line).isEqualTo("Job stops is cancelled."),
            line -> assertThat(line).startsWith("Job nobody is asked to stop, but nothing is"));
    assertThat(control())
        .extracting(record -> ((ControlRecord.Cancel) record).job())
        .as("a replay may wait that state does not know of, so all are asked")
        .containsExactly("done", "gone", "dead", "runs", "stops", "nobody");
  }

  @Test
  void cancelOnlyAsksWhenToldTo() {
    TestTerminal terminal = terminal();

    assertThat(terminal.run("cancel", "--no-wait", "one", "two")).isEqualTo(ExitCode.DONE);

    assertThat(terminal.err().lines()).hasSize(2);
    assertThat(control()).hasSize(2);
    TestTerminal wrong = terminal();
    assertThat(wrong.run("cancel", "one", "t\u0007wo")).isEqualTo(ExitCode.WRONG_USE);
    assertThat(wrong.err()).startsWith("'t\\u0007wo' is no job id");
    assertThat(control()).hasSize(2);
  }

  // -- lanes

  @Test
  void aLaneIsPausedAndGoesOn() {
    write(
        List.of(
            record(names.heartbeats(), 0, "d", new BeatRecord.DispatcherBeat("dispatcher-1", 0))));
    TestTerminal pause = terminal();
    assertThat(pause.run("pause", "batch")).isEqualTo(ExitCode.DONE);
    assertThat(pause.err()).contains("Lane batch is paused", "./relevo resume batch");
    TestTerminal again = terminal();
    assertThat(again.run("pause", "batch")).isEqualTo(ExitCode.DONE);
    assertThat(again.err()).contains("was paused already");
    assertThat(printed("nodes")).contains("Lane batch is paused");

    TestTerminal resume = terminal();
    assertThat(resume.run("resume", "batch")).isEqualTo(ExitCode.DONE);
    assertThat(resume.err()).contains("Lane batch goes on");
    assertThat(terminal().run("resume", "batch")).isEqualTo(ExitCode.DONE);
    assertThat(printed("nodes")).doesNotContain("paused");
    assertThat(control())
        .containsExactly(
            new ControlRecord.Pause(Lane.BATCH),
            new ControlRecord.Pause(Lane.BATCH),
            new ControlRecord.Resume(Lane.BATCH),
            new ControlRecord.Resume(Lane.BATCH));
  }

  // -- drain

  @Test
  void drainWaitsUntilTheNodeHasLeft() {
    beat(beat(NodeBeat.State.READY, 1));
    TestTerminal terminal = terminal();
    CompletableFuture<Integer> exitCode =
        CompletableFuture.supplyAsync(() -> terminal.run("drain", "attic"));
    await(names.control(), record -> "attic".equals(record.key()));
    beat(beat(NodeBeat.State.DRAINING, 1));
    awaitSaid(terminal, "1 job still runs there");
    assertThat(printed("nodes")).contains("draining");
    beat(beat(NodeBeat.State.LEFT, 0));

    assertThat(exitCode.join()).as(terminal.err()).isEqualTo(ExitCode.DONE);

    assertThat(terminal.err().lines())
        .containsExactly(
            "Asked node attic to leave.",
            "Node attic leaves; 1 job still runs there.",
            "Node attic has left.");
    assertThat(control()).containsExactly(new ControlRecord.Drain("attic"));
  }

  private static void awaitSaid(TestTerminal terminal, String words) {
    while (!terminal.err().contains(words)) {
      Thread.onSpinWait();
    }
  }

  @Test
  void drainNeedNotBeWaitedFor() {
    beat(beat(NodeBeat.State.READY, 1));
    TestTerminal asks = terminal();
    assertThat(asks.run("drain", "--no-wait", "attic")).isEqualTo(ExitCode.DONE);

    TestTerminal interrupted = terminal();
    interrupted.signal().raise(StopSignal.Kind.CTRL_C);
    assertThat(interrupted.run("drain", "attic")).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(interrupted.err()).contains("goes on leaving");
  }

  @Test
  void whoIsNotThereCannotLeave() {
    beat(beat(NodeBeat.State.READY, 0));
    TestTerminal terminal = terminal();

    assertThat(terminal.run("drain", "cellar\u001b[2J")).isEqualTo(ExitCode.FAILED);

    assertThat(terminal.err())
        .contains("No node cellar\\u001b[2J is there; those that beat: attic.");
    assertThat(control()).isEmpty();
  }
}
