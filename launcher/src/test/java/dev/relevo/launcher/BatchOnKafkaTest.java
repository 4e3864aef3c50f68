package dev.relevo.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.testkit.RelevoHouse;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Many jobs from a file, on a real Kafka, with a dispatcher and a node where there is one. */
@Timeout(180)
class BatchOnKafkaTest extends DeadOnKafka {
  @TempDir private Path folder;
  private Path jobs;
  private Path out;

  @BeforeEach
  void nameFiles() {
    jobs = folder.resolve("jobs.jsonl");
    out = folder.resolve("answers.jsonl");
  }

  /** A dispatcher and a node whose one model repeats what it is told. */
  private RelevoHouse house() {
    RelevoHouse house = RelevoHouse.start(lonelyHouse().withNode("attic", "echo"));
    house.model("echo").answers(call -> "You said: " + call.question());
    return house;
  }

  private TestTerminal submit(int exitCode, String... more) {
    TestTerminal terminal = terminal();
    assertThat(run(terminal, more)).as(terminal.err()).isEqualTo(exitCode);
    return terminal;
  }

  private int run(TestTerminal terminal, String... more) {
    String[] command = {"submit", "--file", jobs.toString(), "--out", out.toString()};
    String[] all = new String[command.length + more.length];
    System.arraycopy(command, 0, all, 0, command.length);
    System.arraycopy(more, 0, all, command.length, more.length);
    return terminal.run(all);
  }

  private List<JsonNode> answers() throws IOException {
    return Files.readAllLines(out).stream().map(JsonMapper.shared()::readTree).toList();
  }

  private static List<String> ids(List<JsonNode> answers) {
    return answers.stream().map(answer -> answer.path("id").asString("")).toList();
  }

  private void writeJobs(int count) throws IOException {
    Files.write(
        jobs,
        IntStream.range(0, count)
            .mapToObj(
                i -> "{\"id\":\"%d\",\"model\":\"echo\",\"prompt\":\"say %d\"}".formatted(i, i))
            .toList());
  }

  private List<String> inboxes() throws Exception {
    try (Admin admin = clients.admin("test")) {
      return admin.listTopics().names().get(20, TimeUnit.SECONDS).stream()
          .filter(name -> name.startsWith(names.inbox("")))
          .toList();
    }
  }

  /** What was deleted is listed for a moment longer. */
  private void awaitNoInbox() throws Exception {
    long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    for (List<String> left = inboxes(); !left.isEmpty(); left = inboxes()) {
      assertThat(System.nanoTime()).as("%s are there", left).isLessThan(endNanos);
    }
  }

  @Test
  void answersEveryLineOnceAndNothingTheSecondTime() throws Exception {
    Files.writeString(
        jobs,
        """
        {"messages":[{"role":"user","content":"plain"}]}
        {"id":"a","prompt":"hello","priority":2,"tenant":"t1","fallbacks":["n"]}
        nonsense

        {"id":"a","prompt":"twice"}
        {"custom_id":"r-1","method":"POST","url":"/v1/chat/completions","body":{"model":"echo","messages":[{"role":"user","content":"openai"}]}}
        {"id":"nobody","prompt":"x","model":"none","deadline":"1s"}\
        """);
    try (RelevoHouse _ = house()) {
      TestTerminal first = submit(ExitCode.FAILED);

      assertThat(first.out()).isEmpty();
      assertThat(first.err())
          .contains("Jobs that name no model go to echo.")
          .contains("jobs.jsonl:3: this is no JSON")
          .contains("jobs.jsonl:5: the id 'a' stood further up")
          .contains("jobs.jsonl:7: failed: deadline_exceeded")
          .contains("6 lines: 3 done, 1 failed, 2 wrong")
          .doesNotContain("\u001b");
      List<JsonNode> answers = answers();
      assertThat(ids(answers)).hasSize(5).doesNotHaveDuplicates().contains("a", "nobody");
      assertThat(Files.readString(out))
          .contains("You said: plain", "\"text\":\"You said: hello\"")
          .contains("\"custom_id\":\"r-1\",\"response\":{\"status_code\":200");
      assertThat(BatchJournal.beside(out)).doesNotExist();
      awaitNoInbox();
      List<ConsumerRecord<String, byte[]>> sent = all(names.batchJobs());
      assertThat(sent).hasSize(4);
      assertThat(sent)
          .anySatisfy(record -> {
            assertThat(header(record, HeaderNames.PRIORITY)).isEqualTo("2");
            assertThat(header(record, HeaderNames.TENANT)).isEqualTo("t1");
            assertThat(header(record, HeaderNames.FALLBACK_MODELS)).isEqualTo("n");
            assertThat(header(record, HeaderNames.MODEL)).isEqualTo("echo");
          });

      TestTerminal second = submit(ExitCode.FAILED);
      assertThat(second.err()).contains("0 done, 1 wrong, 5 answered before (2 of them failed)");
      assertThat(answers()).isEqualTo(answers);
      assertThat(all(names.batchJobs())).hasSize(4);

      Files.writeString(jobs, Files.readString(jobs).replace("none", "echo"));
      TestTerminal third = submit(ExitCode.FAILED, "--retry-failed");
      assertThat(third.err()).contains("Trying again what failed: 2 lines.", "1 done, 2 wrong");
      assertThat(ids(answers())).hasSize(5).doesNotHaveDuplicates();
    }
  }

  @Test
  void standardInputGoesToStandardOutput() throws Exception {
    try (RelevoHouse _ = house()) {
      TestTerminal terminal = terminal().typing("{\"prompt\":\"hello\"}\n{\"prompt\":\"you\"}");
      assertThat(terminal.run("submit", "--file", "-", "--out", "-", "-m", "echo"))
          .as(terminal.err())
          .isEqualTo(ExitCode.DONE);
      assertThat(terminal.out().lines())
          .hasSize(2)
          .allMatch(line -> line.startsWith("{\"id\":\"line-"));
      awaitNoInbox();
    }
  }

  @Test
  void linesThatComeSlowlyHoldNothingUp() throws Exception {
    try (RelevoHouse _ = house();
        PipedOutputStream keys = new PipedOutputStream();
        PipedInputStream in = new PipedInputStream(keys)) {
      TestTerminal terminal = terminal().typing(in);
      CompletableFuture<Integer> exitCode =
          CompletableFuture.supplyAsync(
              () -> terminal.run("submit", "--file", "-", "--out", "-", "-m", "echo"));
      keys.write("{\"prompt\":\"hello\"}\n".getBytes(UTF_8));
      keys.flush();
      while (!terminal.out().contains("You said: hello") && !exitCode.isDone()) {
        Thread.onSpinWait();
      }
      assertThat(exitCode).as(terminal.err()).isNotDone();

      terminal.signal().raise(StopSignal.Kind.CTRL_C);

      assertThat(exitCode.get(60, TimeUnit.SECONDS)).isEqualTo(ExitCode.INTERRUPTED);
    }
  }

  @Test
  void whatCtrlCStoppedIsDoneByTheNextRun() throws Exception {
    writeJobs(5);
    TestTerminal terminal = terminal();
    CompletableFuture<Integer> exitCode =
        CompletableFuture.supplyAsync(() -> run(terminal, "--in-flight", "3"));
    await(names.batchJobs(), record -> record.value().length > 0);
    terminal.signal().raise(StopSignal.Kind.CTRL_C);

    assertThat(exitCode.get(120, TimeUnit.SECONDS)).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(terminal.err())
        .contains("cancelling what is under way", "0 lines: 0 done", "run it again for the rest");
    assertThat(BatchJournal.beside(out)).exists();
    List<ConsumerRecord<String, byte[]>> before = all(names.batchJobs());
    assertThat(before).hasSizeBetween(1, 3);
    assertThat(all(names.control())).hasSameSizeAs(before);

    try (RelevoHouse _ = house()) {
      submit(ExitCode.DONE);
    }
    assertThat(ids(answers())).containsExactlyInAnyOrder("0", "1", "2", "3", "4");
    assertThat(answers())
        .allSatisfy(answer -> assertThat(answer.path("status").asString()).isEqualTo("done"))
        .filteredOn(answer -> answer.path("job").asString().endsWith("-2"))
        .as("those that were cancelled have another id now")
        .hasSameSizeAs(before);
  }

  /** As a killed run leaves it: one line failed, one under way, one not yet begun. */
  private void leaveUnfinished(BatchIds ids) throws IOException {
    writeJobs(3);
    try (AnswerFile file = AnswerFile.open(out);
        BatchInbox inbox = new BatchInbox(clients, settings, ids.batch())) {
      inbox.create();
      file.append(
          "{\"id\":\"0\",\"line\":1,\"status\":\"failed\",\"error\":{\"code\":\"x\",\"message\":\"y\"}}"
              .getBytes(UTF_8));
      file.journal(ids, 0).write(BatchJournal.beside(out));
    }
  }

  private static String job(BatchIds ids, int number) {
    String line =
        "{\"id\":\"%d\",\"model\":\"echo\",\"prompt\":\"say %d\"}".formatted(number, number);
    return BatchIds.job(
        ids.line(Integer.toString(number)), BatchIds.digest(line.getBytes(UTF_8)), 1);
  }

  @Test
  void whatFailedIsTriedAgainAfterTheRunBeforeIsFinished() throws Exception {
    BatchIds ids = new BatchIds(new UUID(1, 14));
    leaveUnfinished(ids);
    try (RelevoHouse _ = house()) {
      TestTerminal terminal = submit(ExitCode.DONE, "--retry-failed");
      assertThat(terminal.err())
          .contains("First the run before is finished", "2 done, 1 answered before")
          .contains("Trying again what failed: 1 lines.", "1 done, 2 answered before");
    }
    assertThat(answers())
        .extracting(answer -> answer.path("job").asString())
        .as("those that were under way keep their ids, so that they run once")
        .contains(job(ids, 1), job(ids, 2))
        .doesNotContain(job(ids, 0))
        .hasSize(3);
    assertThat(all(names.batchJobs())).as("one job for each line").hasSize(3);
    assertThat(BatchJournal.beside(out)).doesNotExist();
    awaitNoInbox();
  }

  @Test
  void aPipeCannotBeReadTwice() throws Exception {
    leaveUnfinished(new BatchIds(new UUID(2, 14)));
    byte[] before = Files.readAllBytes(out);
    TestTerminal terminal = terminal().typing(Files.readString(jobs));

    assertThat(terminal.run("submit", "--file", "-", "--out", out.toString(), "--retry-failed"))
        .isEqualTo(ExitCode.WRONG_USE);

    assertThat(terminal.err()).contains("finish it without --retry-failed");
    assertThat(out).hasBinaryContent(before);
    assertThat(BatchJournal.beside(out)).exists();
  }

  @Test
  void anInboxThatIsGoneMakesANewBatch() throws Exception {
    writeJobs(3);
    try (AnswerFile file = AnswerFile.open(out)) {
      file.append("{\"id\":\"1\",\"line\":2,\"status\":\"done\"}".getBytes(UTF_8));
      file.journal(new BatchIds(new UUID(1, 2)), 9).write(BatchJournal.beside(out));
    }
    try (RelevoHouse _ = house()) {
      TestTerminal terminal = submit(ExitCode.DONE);
      assertThat(terminal.err())
          .contains("The inbox of the run before is gone", "2 done, 1 answered before");
    }
    assertThat(ids(answers())).containsExactlyInAnyOrder("0", "1", "2");
  }
}
