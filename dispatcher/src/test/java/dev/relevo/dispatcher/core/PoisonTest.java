package dev.relevo.dispatcher.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.StateRecord;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** Records made to break something: each becomes a dead letter, and none grows beyond bounds. */
class PoisonTest {
  /** What Kafka takes of state and events, unless told. */
  private static final int KAFKAS_LIMIT = 1 << 20;

  private final House house = new House();

  @Test
  void aBodyThatNoAssignmentCouldCarryIsADeadLetter() {
    String id = "job-0";
    String body = "{\"x\":\"" + "x".repeat(Intake.MAX_BODY_BYTES) + "\"}";

    house.record(Lane.JOBS, 0, id, House.asking("m"), body);

    Effect.Bury bury = house.last(Effect.Bury.class);
    assertThat(bury.letter().code()).isEqualTo("malformed_record");
    assertThat(bury.letter().message()).contains("bytes long, at most");
    assertThat(bury.value()).isEqualTo(body.getBytes(UTF_8));
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isEqualTo(1);
  }

  @Test
  void theLargestBodyIsTheOneThatOurOwnProducersSend() {
    assertThat(Intake.MAX_BODY_BYTES).isEqualTo(KafkaClients.MAX_JOB_BYTES);
  }

  @Test
  void aModelThatWouldNotFitIntoAHeaderIsADeadLetter() {
    house.node("n", "m");

    house.job(Lane.JOBS, JobHeaders.DEFAULTS, "{\"model\":\"" + "m".repeat(3_000_000) + "\"}");
    house.job(Lane.JOBS, JobHeaders.DEFAULTS, "{\"model\":\"m\\u001b[2J\"}");

    assertThat(house.all(Effect.Bury.class)).hasSize(2);
    assertThat(house.all(Effect.Assign.class)).isEmpty();
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isEqualTo(2);
  }

  @Test
  void aKeyOfMegabytesIsNotRepeated() {
    String key = "k".repeat(2_000_000);

    house.record(Lane.JOBS, 0, key, House.asking("m"), "{}");

    assertThat(house.all(Effect.Reply.class)).isEmpty();
    assertThat(house.last(Effect.Bury.class).letter().job()).hasSize(128);
  }

  @Test
  void whoeverAskedWithAKeyThatIsNoIdIsTold() {
    String key = "k".repeat(129);

    house.record(Lane.JOBS, 0, key, House.asking("m"), "{}");

    Effect.Reply reply = house.last(Effect.Reply.class);
    assertThat(reply.job()).isEqualTo(key);
    assertThat(((ReplyRecord.Failed) reply.record()).code()).isEqualTo("malformed_record");
  }

  @Test
  void headersAndIdsOfControlCharactersOrBrokenTextAreDeadLetters() {
    for (String text : new String[] {"a\u0007b", "a\u009bb", "a\ufffdb"}) {
      Headers headers = new RecordHeaders();
      headers.add(HeaderNames.TENANT, text.getBytes(UTF_8));
      long offset = house.all(Effect.Bury.class).size();
      house.raw(Lane.JOBS, offset, "good-" + offset, headers, "{}");
      house.raw(Lane.JOBS, offset + 1, text, new RecordHeaders(), "{}");
    }

    assertThat(house.all(Effect.Bury.class)).hasSize(6);
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isEqualTo(6);
  }

  @Test
  void aGoodRecordBehindABrokenOneReadsBackWhatItsReadersWereTold() {
    house.node("n", "m");
    Headers broken = new RecordHeaders();
    House.asking("m").writeTo(broken);
    broken.add(HeaderNames.PRIORITY, "high".getBytes(UTF_8));
    house.raw(Lane.JOBS, 0, "again", broken, "{}");
    assertThat(house.last(Effect.Reply.class).place().topic()).isEqualTo(House.PLACE.topic());

    house.record(Lane.JOBS, 1, "again", House.asking("m"), "{}");
    house.record(Lane.JOBS, 2, "other", House.asking("m"), "{}");

    assertThat(house.all(Effect.Assign.class))
        .extracting(assign -> assign.assignment().job() + " first " + assign.assignment().first())
        .containsExactly("again first false", "other first true");
  }

  @Test
  void whoWasRefusedIsRememberedWithinBounds() {
    Headers broken = new RecordHeaders();
    House.asking("m").writeTo(broken);
    broken.add(HeaderNames.PRIORITY, "high".getBytes(UTF_8));
    for (int i = 0; i <= Shard.MAX_REFUSED; i++) {
      house.raw(Lane.JOBS, i, "job-" + i, broken, "{}");
    }
    house.node("n", "m");

    house.record(Lane.JOBS, Shard.MAX_REFUSED + 1, "job-0", House.asking("m"), "{}");
    house.record(Lane.JOBS, Shard.MAX_REFUSED + 2, "job-1", House.asking("m"), "{}");

    assertThat(house.all(Effect.Assign.class))
        .extracting(assign -> assign.assignment().first())
        .containsExactly(true, false);
  }

  @Test
  void aReplyTopicThatKafkaCouldNotNameIsForbidden() {
    Headers headers = new RecordHeaders();
    headers.add(HeaderNames.REPLY_TOPIC, "relevo.replies.a/b".getBytes(UTF_8));

    house.raw(Lane.JOBS, 0, "job", headers, "{}");

    assertThat(house.last(Effect.Bury.class).letter().code()).isEqualTo("forbidden_reply_place");
    assertThat(house.all(Effect.Reply.class)).isEmpty();
  }

  @Test
  void aBodyNestedWithoutEndIsADeadLetter() {
    house.job(Lane.JOBS, JobHeaders.DEFAULTS, "{\"a\":" + "[".repeat(10_000) + "}");

    assertThat(house.last(Effect.Bury.class).letter().message()).contains("not JSON");
  }

  @Test
  void whatNodesAndClientsSayIsCutBeforeItGrowsInState() {
    String endless = "\u001b[31m" + "ä\u0000".repeat(400_000);
    house.node("n", "m");
    String job = house.job(House.asking("m"));
    house.control(new ControlRecord.Cancel(job, endless));
    house.event(
        job,
        house.lastAssign().assignment().fence(),
        House.finished("n", AttemptOutcome.FAILED, new AttemptFailure("c", endless, false, null)));

    assertThat(house.status(job)).isEqualTo(JobStatus.DEAD);
    house.all(Effect.WriteState.class).stream()
        .map(Effect.WriteState::record)
        .forEach(record -> assertThat(MessageCodec.encode(record)).hasSizeLessThan(10_000));
    assertThat(house.last(Effect.Bury.class).letter().message())
        .hasSize(1_000)
        .doesNotContain("\u001b");
  }

  @Test
  void theLargestStateOfAJobFitsIntoKafka() {
    String wide = "\u20ac".repeat(5_000);
    house.node("n", "m");
    Headers headers = new RecordHeaders();
    new JobHeaders(
            House.PLACE,
            "m",
            List.of(),
            null,
            "s".repeat(4_096),
            "s".repeat(4_096),
            "t".repeat(JobHeaders.MAX_TENANT_LENGTH),
            1,
            null,
            Failover.NONE,
            100,
            null,
            "p".repeat(4_096))
        .writeTo(headers);
    house.raw(Lane.JOBS, 0, "job-0", headers, "{}");
    for (int i = 0; i < 25; i++) {
      for (int step = 0; step < 100 && house.all(Effect.Assign.class).size() == i; step++) {
        house.beatsAgain("n");
        house.pass(500, "n");
      }
      house.event(
          "job-0",
          house.lastAssign().assignment().fence(),
          House.finished("n", AttemptOutcome.FAILED, new AttemptFailure(wide, wide, true, null)));
    }

    StateRecord.Job state = house.state("job-0");
    assertThat(state.attempts().size()).isGreaterThan(15);
    house.all(Effect.WriteState.class).stream()
        .map(Effect.WriteState::record)
        .filter(Objects::nonNull)
        .forEach(record -> assertThat(MessageCodec.encode(record).length).isLessThan(KAFKAS_LIMIT));
  }

  @Test
  void jobsWhoseNodesAllDiedDoNotShareTheirLastNode() {
    house.node("n1", "m");
    List<String> jobs =
        List.of(
            house.job(House.asking("m")),
            house.job(House.asking("m")),
            house.job(House.asking("m")));
    acceptAll();
    house.pass(4_000);
    house.node("n2", "m");
    assertThat(house.all(Effect.Assign.class)).describedAs("may be bad luck").hasSize(6);
    acceptAll();
    house.pass(4_000);
    house.node("n3", "m");

    assertThat(house.all(Effect.Assign.class)).describedAs("one of them at a time").hasSize(7);
    Effect.Assign first = house.lastAssign();
    String fresh = house.job(House.asking("m"));
    assertThat(house.lastAssign().assignment().job()).isEqualTo(fresh);

    house.succeeded(first.assignment().job(), first.assignment().fence(), "n3");
    Effect.Assign second = house.lastAssign();
    acceptAll();
    assertThat(jobs).contains(second.assignment().job());
    house.pass(4_000);
    house.readBack(null);

    assertThat(house.status(first.assignment().job())).isEqualTo(JobStatus.SUCCEEDED);
    assertThat(house.status(second.assignment().job())).isEqualTo(JobStatus.DEAD);
    assertThat(house.status(fresh)).isEqualTo(JobStatus.QUEUED);
    String third =
        jobs.stream()
            .filter(job -> !job.equals(first.assignment().job()))
            .filter(job -> !job.equals(second.assignment().job()))
            .findFirst()
            .orElseThrow();
    assertThat(house.status(third)).isEqualTo(JobStatus.QUEUED);
    assertThat(house.last(Effect.Bury.class).letter().attempts()).hasSize(3);
  }

  private void acceptAll() {
    house
        .all(Effect.Assign.class)
        .forEach(assign -> house.accepted(assign.assignment().job(), assign));
  }
}
