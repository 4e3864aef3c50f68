package dev.relevo.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.ReplyMode;
import java.time.Duration;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;

class TopicClientTest extends JobClientContract {
  TopicClientTest() {
    super(ReplyMode.TOPIC_PER_REQUEST, "client-topics");
  }

  @Test
  void everyAnswerHasItsOwnTopicNamedLikeTheJobAndDeletedOnceRead() throws Exception {
    node().script(job -> job.answer("a"));
    JobHandle handle = client().submit(JobRequest.of(ASK));
    assertThat(handle.place().topic()).isEqualTo("client-topics.replies." + handle.id());
    await(handle.result());

    awaitTopics(topics -> !topics.contains(handle.place().topic()));
  }

  @Test
  void closingLeavesNoTopicBehindUnlessAskedTo() throws Exception {
    node().script(job -> job.answer("kept"));
    String kept;
    try (JobClient keeping = options().keepReplies(true).connect()) {
      JobHandle handle = keeping.submit(JobRequest.of(ASK));
      await(handle.result());
      kept = handle.id();
    }
    assertThat(await(client().follow(kept).result()).text()).isEqualTo("kept");
  }

  private void awaitTopics(Predicate<Set<String>> wanted) throws Exception {
    try (Admin admin = node().clients().admin("test")) {
      long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      Set<String> topics = admin.listTopics().names().get();
      while (!wanted.test(topics) && System.nanoTime() < end) {
        topics = admin.listTopics().names().get();
      }
      assertThat(wanted.test(topics)).as("topics: %s", topics).isTrue();
    }
  }
}
