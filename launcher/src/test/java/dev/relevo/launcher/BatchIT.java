package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.MessageCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code submit --file} as a process that dies in the middle, and is started again. */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BatchIT {
  private static final int JOBS = 200;

  private Path folder;
  private ProcessHouse house;

  @BeforeAll
  void start(@TempDir Path shared) throws Exception {
    folder = shared;
    house = new ProcessHouse(folder);
    RelevoProcess dispatcher = house.dispatcher();
    // Beats so slow that a busy machine does not look like a dead node, whose jobs run twice.
    RelevoProcess attic = house.node("attic", 10, "2s");
    RelevoProcess barn = house.node("barn", 10, "2s");
    for (RelevoProcess process : List.of(dispatcher, attic, barn)) {
      process.ready();
    }
  }

  @AfterAll
  void stop() {
    house.close();
  }

  private Path jobs(String name) throws IOException {
    return Files.write(
        folder.resolve(name + ".jsonl"),
        IntStream.range(0, JOBS)
            .mapToObj(i ->
                "{\"id\":\"%s-%d\",\"model\":\"echo-slow\",\"prompt\":\"%s-%d\"}"
                    .formatted(name, i, name, i))
            .toList());
  }

  private String[] submit(Path jobs, Path out) {
    return new String[] {
      "submit",
      "--bootstrap",
      house.kafka(),
      "--file",
      jobs.toString(),
      "--out",
      out.toString(),
      "--in-flight",
      "40"
    };
  }

  private static List<JsonNode> answers(Path out) throws IOException {
    return Files.readAllLines(out).stream().map(JsonMapper.shared()::readTree).toList();
  }

  /** Every line has one answer, and it is the answer to this line. */
  private static void assertWhole(String name, List<JsonNode> answers) {
    assertThat(answers)
        .extracting(answer -> answer.path("id").asString())
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, JOBS).mapToObj(i -> name + "-" + i).toList());
    assertThat(answers)
        .allSatisfy(answer ->
            assertThat(answer.path("text").asString(""))
                .endsWith("You said: " + answer.path("id").asString()));
  }

  /** How often each job was run to its end. */
  private Map<String, Long> runs() {
    KafkaClients clients = new KafkaClients(KafkaAccess.to(house.kafka()));
    return TopicRecords.all(clients, "relevo.events").stream()
        .filter(record ->
            MessageCodec.decode(EventRecord.class, record.value())
                    instanceof EventRecord.Finished finished
                && finished.outcome() == AttemptOutcome.SUCCEEDED)
        .collect(Collectors.groupingBy(record -> record.key(), Collectors.counting()));
  }

  @Test
  void killedInTheMiddleItGoesOnAndRunsNothingTwice() throws Exception {
    Path jobs = jobs("kill");
    Path out = folder.resolve("kill.out");
    try (RelevoProcess first = RelevoProcess.start(folder, submit(jobs, out))) {
      first.errLine("40 of 200");
      first.kill();
    }
    int before = answers(out).size();
    assertThat(before).isBetween(40, JOBS - 1);
    assertThat(BatchJournal.beside(out)).exists();
    // What a machine that is switched off leaves of the next line.
    Files.writeString(out, "{\"id\":\"kill-1", StandardOpenOption.APPEND);

    RelevoProcess second = RelevoProcess.run(folder, submit(jobs, out));

    assertThat(second.exitCode()).as(second.err()).isZero();
    assertThat(second.err())
        .contains("Half a line at the end", before + " answered before")
        .doesNotContain("\tat ");
    List<JsonNode> answers = answers(out);
    assertWhole("kill", answers);
    Map<String, Long> runs = runs();
    assertThat(answers)
        .allSatisfy(answer -> assertThat(runs).containsEntry(answer.path("job").asString(), 1L));
    assertThat(runs.keySet())
        .as("no line has had two jobs")
        .filteredOn(job -> answers.stream().anyMatch(a -> sameLine(a, job)))
        .hasSize(JOBS);
    assertThat(BatchJournal.beside(out)).doesNotExist();
  }

  private static boolean sameLine(JsonNode answer, String job) {
    String of = answer.path("job").asString();
    return BatchIds.lineOf(of) != null
        && String.valueOf(BatchIds.lineOf(of)).equals(String.valueOf(BatchIds.lineOf(job)));
  }

  @Test
  void kafkaMayGoAndComeBack() throws Exception {
    Path jobs = jobs("away");
    Path out = folder.resolve("away.out");
    try (RelevoProcess submit = RelevoProcess.start(folder, submit(jobs, out))) {
      submit.errLine("20 of 200");
      house.broker().kill();
      submit.errLine("Kafka at " + house.kafka() + " does not answer");
      house.restartBroker();
      assertThat(submit.exitCode()).as(submit.err()).isZero();
      assertThat(submit.err()).contains("Kafka answers again.").doesNotContain("\tat ");
    }
    assertWhole("away", answers(out));
  }

  @Test
  void ctrlCCancelsAndTheNextRunDoesTheRest() throws Exception {
    Path jobs = jobs("stop");
    Path out = folder.resolve("stop.out");
    try (RelevoProcess first = RelevoProcess.start(folder, submit(jobs, out))) {
      first.errLine("20 of 200");
      first.interrupt();
      assertThat(first.exitCode()).as(first.err()).isEqualTo(ExitCode.INTERRUPTED);
      assertThat(first.err()).contains("Stopped; run it again for the rest.");
    }
    assertThat(answers(out)).hasSizeBetween(20, JOBS - 1);

    RelevoProcess second = RelevoProcess.run(folder, submit(jobs, out));

    assertThat(second.exitCode()).as(second.err()).isZero();
    assertWhole("stop", answers(out));
  }
}
