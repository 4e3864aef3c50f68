package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.operator.DeadFilter;
import dev.relevo.operator.DeadReader;
import dev.relevo.operator.DeadRecord;
import dev.relevo.operator.DeadReplaying;
import dev.relevo.operator.DeadStep;
import dev.relevo.operator.RecordSender;
import dev.relevo.operator.ReplyPlaces;
import dev.relevo.operator.fixture.DeadLetters;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tools for dead letters on a real Kafka; the test is the dispatcher. */
@Timeout(120)
class DeadToolsTest extends DeadOnKafka {

  private ProducerRecord<String, byte[]> dead(int number, String... headers) {
    DeadLetter letter = DeadLetters.letter("job-" + number, number % 2, number);
    return DeadLetters.record(names.dead(), letter, DeadLetters.BODY, headers);
  }

  private List<String> jobsLeft() {
    try (DeadReader reader = new DeadReader(clients, names)) {
      return jobs(reader);
    }
  }

  private static List<String> jobs(DeadReader reader) {
    List<String> jobs = new ArrayList<>();
    reader.scan(DeadFilter.ALL, record -> jobs.add(record.name()));
    return jobs;
  }

  @Test
  void listAndShowTellWhatIsThereAndWhatIsNot() {
    write(
        List.of(
            dead(1, HeaderNames.TENANT, "default"),
            DeadLetters.record(
                names.dead(), DeadLetters.malformed("b", 1, 91), "\u001b[31mno json")));

    assertThat(printed("dead", "list")).contains("job-1", "attempts_exhausted", "malformed_record");
    assertThat(printed("dead", "show", "1.batch.91"))
        .contains("no: its record never became a job", "\\u001b[31mno json");
    assertThat(printed("dead", "list", "--since", "1h")).isEmpty();
    assertThat(printed("dead", "list", "--before", "1h")).isEqualTo(printed("dead", "list"));

    TestTerminal unknown = terminal();
    assertThat(unknown.run("dead", "show", "nobody")).isEqualTo(ExitCode.FAILED);
    assertThat(unknown.err()).startsWith("There is no dead letter of nobody");
    TestTerminal half = terminal();
    assertThat(half.run("dead", "show", "job-1", "nobody")).isEqualTo(ExitCode.FAILED);
    assertThat(half.out()).contains("node attic is gone");
    assertThat(half.err()).contains("no dead letter of nobody");
  }

  @Test
  void withoutTopicsTheUserIsToldWhatToDo() {
    TestTerminal terminal = terminal().with("RELEVO_KAFKA_TOPICS_PREFIX", "dead-nowhere");

    assertThat(terminal.run("dead", "list")).isEqualTo(ExitCode.WRONG_USE);

    assertThat(terminal.err()).contains("dead-nowhere.dead", "./relevo up");
  }

  @Test
  void purgeAsksAndRemovesWhatIsMeant() {
    write(List.of(dead(1), dead(2), dead(3)));

    TestTerminal no = terminal().interactive().typing("\n");
    assertThat(no.run("dead", "purge", "job-1")).isEqualTo(ExitCode.FAILED);
    assertThat(no.err()).contains("Remove 1 dead letter of job-1", "Nothing was removed");
    assertThat(terminal().run("dead", "purge", "--dry-run")).isEqualTo(ExitCode.DONE);
    assertThat(jobsLeft()).hasSize(3);

    TestTerminal yes = terminal().interactive().typing("y\n");
    assertThat(yes.run("dead", "purge", "job-1")).isEqualTo(ExitCode.DONE);
    assertThat(jobsLeft()).containsExactly("job-2", "job-3");
    assertThat(terminal().run("dead", "purge", "--yes")).isEqualTo(ExitCode.DONE);
    assertThat(jobsLeft()).isEmpty();
    assertThat(all(names.jobs())).isEmpty();
  }

  @Test
  void replaySendsTheJobAgainToItsHomeAndItsReader() {
    ReplyPlace place = new ReplyPlace(names.inbox("shop"), 1, 0);
    assertThat(terminal().run("topics", "create", "--inbox", "shop")).isEqualTo(ExitCode.DONE);
    write(List.of(new ProducerRecord<>(place.topic(), 1, "job-1", new byte[3])));
    write(
        List.of(
            dead(1, HeaderNames.REPLY_TOPIC, place.topic(), HeaderNames.REPLY_PARTITION, "1"),
            dead(2, HeaderNames.REPLY_TOPIC, names.replies("gone")),
            DeadLetters.record(names.dead(), DeadLetters.malformed("b", 1, 91), "x")));

    TestTerminal dry = terminal();
    assertThat(dry.run("dead", "replay", "--dry-run", "--to-model", "n")).isEqualTo(ExitCode.DONE);
    assertThat(dry.out())
        .contains("job-1 to " + names.jobs() + ", partition 1, model n, answer to " + place.topic())
        .contains("job-2 to " + names.jobs() + ", partition 0, model n, nobody hears");
    assertThat(all(names.jobs())).isEmpty();

    TestTerminal terminal = terminal();
    assertThat(terminal.run("dead", "replay", "--rate", "1000/s")).isEqualTo(ExitCode.DONE);

    assertThat(terminal.err())
        .contains("Not replayed: b, because its record never became a job", "2 jobs sent")
        .contains("1 job answered in the reply topic", "1 job without a reply topic");
    List<ConsumerRecord<String, byte[]>> sent = all(names.jobs());
    assertThat(sent).extracting(ConsumerRecord::key).containsExactly("job-2", "job-1");
    assertThat(sent).extracting(ConsumerRecord::partition).containsExactly(0, 1);
    assertThat(header(sent.getFirst(), HeaderNames.REPLAY)).isEqualTo("0.118.2");
    assertThat(header(sent.getFirst(), HeaderNames.REPLY_TOPIC)).isNull();
    assertThat(header(sent.getLast(), HeaderNames.REPLY_TOPIC)).isEqualTo(place.topic());
    assertThat(header(sent.getLast(), HeaderNames.REPLY_OFFSET)).isEqualTo("1");
    assertThat(jobsLeft()).as("the dispatcher removes letters, not the tool").hasSize(3);
  }

  @Test
  void aPlaceThatVanishesOrNeverWasIsNoPlace() {
    assertThat(terminal().run("topics", "create", "--inbox", "shop")).isEqualTo(ExitCode.DONE);
    try (ReplyPlaces places = new ReplyPlaces(clients, names, System::nanoTime)) {
      ReplyPlace inbox = new ReplyPlace(names.inbox("shop"), 0, 5);
      assertThat(places.behind(inbox)).hasValue(new ReplyPlace(inbox.topic(), 0, 0));
      assertThat(places.behind(new ReplyPlace(inbox.topic(), 99, 0))).isEmpty();
      assertThat(places.behind(new ReplyPlace(names.replies("gone"), 0, 0))).isEmpty();
      assertThat(places.behind(new ReplyPlace(names.jobs(), 0, 0))).isEmpty();
    }
    try (ReplyPlaces places = new ReplyPlaces(clients, names, System::nanoTime)) {
      List<ReplyPlace> both =
          List.of(
              new ReplyPlace(names.inbox("shop"), 99, 0),
              new ReplyPlace(names.inbox("shop"), 1, 0),
              new ReplyPlace(names.replies("gone"), 0, 0));
      places.learn(both);
      assertThat(both.stream().map(places::behind).flatMap(Optional::stream))
          .containsExactly(new ReplyPlace(names.inbox("shop"), 1, 0));
    }
  }

  /** With a rate, a replay takes longer than reply topics are kept. */
  @Test
  void aPlaceThatGoesWhileOthersAreSentIsNoPlace() {
    assertThat(terminal().run("topics", "create", "--inbox", "shop")).isEqualTo(ExitCode.DONE);
    String inbox = names.inbox("shop");
    write(
        List.of(
            dead(1, HeaderNames.REPLY_TOPIC, inbox),
            dead(3, HeaderNames.REPLY_TOPIC, inbox),
            dead(5, HeaderNames.REPLY_TOPIC, inbox)));
    AtomicLong nowNanos = new AtomicLong();
    Terminal terminal = terminal().terminal();
    try (DeadReader reader = new DeadReader(clients, names);
        ReplyPlaces places = new ReplyPlaces(clients, names, nowNanos::get)) {
      DeadReplaying replaying = new DeadReplaying(null, names, places);
      DeadStep reaped =
          new DeadStep() {
            @Override
            public void prepare(List<DeadRecord> records) {
              replaying.prepare(records);
            }

            @Override
            public void take(DeadRecord record, RecordSender sender) {
              replaying.take(record, sender);
              if (record.name().equals("job-1")) {
                new HouseTopics(clients, settings.kafka().topics())
                    .with(admin -> {
                      admin.delete(List.of(inbox));
                      return inbox;
                    });
              } else {
                nowNanos.addAndGet(ReplyPlaces.FRESH.toNanos());
              }
            }
          };
      DeadWork work = new DeadWork(terminal, clients, reader, DeadFilter.ALL);

      assertThat(work.run(3, Double.POSITIVE_INFINITY, "testing", _ -> true, reaped)).isNull();

      assertThat(replaying.answered()).as("the first, and the one right behind it").isEqualTo(2);
      assertThat(replaying.unheard()).isEqualTo(1);
    }
    assertThat(all(names.jobs()))
        .extracting(record -> header(record, HeaderNames.REPLY_TOPIC))
        .containsExactly(inbox, inbox, null);
  }

  @Test
  void aRateLooksForPlacesASecondAhead() {
    write(List.of(dead(1), dead(3), dead(5), dead(7), dead(9)));
    List<Integer> prepared = new ArrayList<>();
    DeadStep step =
        new DeadStep() {
          @Override
          public void prepare(List<DeadRecord> records) {
            prepared.add(records.size());
          }

          @Override
          public void take(DeadRecord record, RecordSender sender) {
            // What would be sent does not matter.
          }
        };
    try (DeadReader reader = new DeadReader(clients, names)) {
      DeadWork work = new DeadWork(terminal().terminal(), clients, reader, DeadFilter.ALL);
      work.run(5, 2.5, "testing", _ -> true, step);
    }
    assertThat(prepared).containsExactly(2, 2, 1);
  }

  @Test
  void replayStopsWithCtrlC() throws Exception {
    write(List.of(dead(1), dead(3), dead(5)));
    TestTerminal terminal = terminal().interactive();
    CompletableFuture<Integer> exitCode =
        CompletableFuture.supplyAsync(() -> terminal.run("dead", "replay", "--rate", "1/h"));
    await(names.jobs(), record -> record.key().equals("job-1"));

    terminal.signal().raise(StopSignal.Kind.CTRL_C);

    assertThat(exitCode.get(60, TimeUnit.SECONDS)).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(terminal.err()).contains("1 of 3", "Stopped after 1 of 3; run it again");
    assertThat(all(names.jobs())).hasSize(1);
  }

  @Test
  void nothingToReplayIsSaid() {
    TestTerminal terminal = terminal();
    assertThat(terminal.run("dead", "replay", "--model", "m")).isEqualTo(ExitCode.DONE);
    assertThat(terminal.err()).isEqualTo("No dead letters with model m to run again.\n");
    assertThat(terminal().run("dead", "replay", "job-9")).isEqualTo(ExitCode.FAILED);
  }
}
