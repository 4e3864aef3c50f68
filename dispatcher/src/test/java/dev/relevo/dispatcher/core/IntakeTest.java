package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.asking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** What a record of a lane leads to when it is read. */
class IntakeTest {
  private final House house = new House();

  private static Headers broken(String replyTopic) {
    Headers headers = new RecordHeaders();
    headers.add(HeaderNames.PRIORITY, "high".getBytes(StandardCharsets.UTF_8));
    headers.add(HeaderNames.REPLY_TOPIC, replyTopic.getBytes(StandardCharsets.UTF_8));
    return headers;
  }

  @Test
  void aJobThatIsReadTooLateIsGivenToNobody() {
    house.node("n1", "m");
    JobHeaders late = asking("m").withDeadlineMs(house.now().epochMs() - 1);
    house.record(Lane.JOBS, 0, "x", late, "{}");

    assertThat(house.all(Effect.Assign.class)).isEmpty();
    assertThat(house.status("x")).isEqualTo(JobStatus.EXPIRED);
  }

  @Test
  void aJobWhosePatienceIsOverWhenItIsReadIsGivenToNobody() {
    house.node("n1", "m");
    Headers headers = new RecordHeaders();
    asking("m").writeTo(headers);
    headers.add(HeaderNames.MAX_WAIT, "0".getBytes(StandardCharsets.UTF_8));
    house.raw(Lane.JOBS, 0, "x", headers, "{}");

    assertThat(house.all(Effect.Assign.class)).isEmpty();
    assertThat(house.status("x")).isEqualTo(JobStatus.DEAD);
  }

  @Test
  void aBrokenSecondRecordDoesNotEndWhatTheFirstOnesReadersRead() {
    house.node("n1", "m");
    house.record(Lane.JOBS, 0, "x", asking("m"), "{}");
    house.raw(Lane.JOBS, 1, "x", broken(House.PLACE.topic()), "{}");

    assertThat(house.all(Effect.Reply.class)).isEmpty();
    assertThat(house.last(Effect.Bury.class).letter().offset()).isEqualTo(1);

    house.succeeded("x", house.lastAssign().assignment().fence(), "n1");
    house.raw(Lane.JOBS, 2, "x", broken(House.PLACE.topic()), "{}");
    assertThat(house.all(Effect.Reply.class)).isEmpty();
  }

  @Test
  void whoSendsABrokenSecondRecordFromElsewhereIsTold() {
    house.node("n1", "m");
    house.record(Lane.JOBS, 0, "x", asking("m"), "{}");
    house.raw(Lane.JOBS, 1, "x", broken("relevo.replies.other"), "{}");

    assertThat(house.last(Effect.Reply.class).place().topic()).isEqualTo("relevo.replies.other");
  }
}
