package dev.relevo.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.ReplyMode;
import java.time.Duration;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;

class InboxClientTest extends JobClientContract {
  InboxClientTest() {
    super(ReplyMode.INBOX, "client-inbox");
  }

  @Test
  void allAnswersComeToOneTopicFromWhereItWasReadTo() throws Exception {
    node().script(job -> job.answer("a"));
    try (JobClient named = options().clientId("shop").connect()) {
      for (int i = 0; i < 12; i++) {
        JobHandle handle = named.submit(JobRequest.of(ASK));
        await(handle.result());
        assertThat(handle.place().topic()).isEqualTo("client-inbox.inbox.shop");
        assertThat(handle.place().partition()).isEqualTo(i % 4);
        // Three records an answer, and one that keeps the inbox alive in its first partition.
        assertThat(handle.place().fromOffset()).isBetween(i / 4 * 3L, i / 4 * 3L + 1);
      }
    }
    try (Admin admin = node().clients().admin("test")) {
      assertThat(admin.listTopics().names().get()).contains("client-inbox.inbox.shop");
    }
  }

  @Test
  void aMadeUpInboxGoesOnCloseUnlessItIsToStay() throws Exception {
    node().script(job -> job.answer("kept"));
    JobHandle kept;
    JobHandle gone;
    try (JobClient keeping = options().keepReplies(true).connect();
        JobClient tidy = options().connect()) {
      kept = keeping.submit(JobRequest.of(ASK));
      gone = tidy.submit(JobRequest.of(ASK));
      await(kept.result());
      await(gone.result());
    }

    assertThat(await(client().follow(kept.id(), kept.place()).result()).text()).isEqualTo("kept");
    try (Admin admin = node().clients().admin("test")) {
      long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (admin.listTopics().names().get().contains(gone.place().topic())) {
        assertThat(System.nanoTime()).isLessThan(end);
      }
    }
    assertThat(failure(client().follow(gone.id(), gone.place()).result()).code())
        .isEqualTo(JobException.NO_SUCH_REPLY);
  }
}
