package dev.relevo.client;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.relevo.common.config.ReplyMode;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.common.protocol.JobIds;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import javax.management.ObjectName;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

/** Alone: one of these reads what is logged. */
@Isolated
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

  @Test
  void closingWhileTopicsAreMadeLeavesNoneBehindAndWarnsOfNothing() throws Exception {
    TopicLayout layout = node().layout().withPrefix("client-hasty");
    Logger log = (Logger) LoggerFactory.getLogger(TopicChannel.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    log.addAppender(lines);
    Set<String> open = new HashSet<>();
    try (Admin admin = node().clients().admin("test")) {
      new TopicAdmin(admin, layout, "the test's broker").ensure();
      for (int i = 0; i < 10; i++) {
        try (JobClient hasty = options().topics(layout).readyTopics(2).connect()) {
          // Half of the stock is gone, so topics are made while it closes.
          open.add(hasty.submit(JobRequest.of(ASK)).place().topic());
        }
      }
    } finally {
      log.detachAppender(lines);
    }

    assertThat(lines.list).isEmpty();
    String replies = layout.names().replies("");
    awaitTopics(topics ->
        topics.stream().filter(name -> name.startsWith(replies)).allMatch(open::contains));
  }

  @Test
  void manyTopicsLeaveNothingBehindInTheClient() throws Exception {
    node().script(job -> job.answer("a"));
    int jobs = TopicChannel.MOST_TOPICS_READ + 100;
    try (JobClient busy = options().clientId("busy").readyTopics(64).connect()) {
      List<CompletableFuture<JobResult>> results = new ArrayList<>();
      for (int i = 0; i < jobs; i++) {
        results.add(busy.submit(JobRequest.of(ASK)).result());
      }
      for (CompletableFuture<JobResult> result : results) {
        assertThat(await(result).text()).isEqualTo("a");
      }

      assertThat(topicsWithMetrics("relevo-client-busy")).isBetween(1, jobs - 100);
    }
  }

  @Test
  void noMoreTopicsAreThereThanAreReadOrWait() throws Exception {
    node().script(job -> job.answer("a"));
    int jobs = 1_000;
    int inFlight = 64;
    int stock = 32;
    int before;
    int most = 0;
    try (Admin admin = node().clients().admin("test")) {
      before = replyTopics(admin);
    }
    try (Admin admin = node().clients().admin("test");
        JobClient client = options().clientId("steady").readyTopics(stock).connect()) {
      Queue<CompletableFuture<JobResult>> open = new ArrayDeque<>();
      for (int i = 0; i < jobs; i++) {
        if (open.size() == inFlight) {
          assertThat(await(open.remove()).text()).isEqualTo("a");
        }
        open.add(client.submit(JobRequest.of(ASK)).result());
        if (i % stock == 0) {
          most = Math.max(most, replyTopics(admin));
        }
      }
      for (CompletableFuture<JobResult> result : open) {
        assertThat(await(result).text()).isEqualTo("a");
      }
      most = Math.max(most, replyTopics(admin));
    }

    // Those that were read are deleted with the next refill, so as many again may be on their way.
    assertThat(most).isBetween(stock, before + 2 * (inFlight + stock));
    awaitTopics(
        topics -> topics.stream().filter(TopicClientTest::isReply).count() <= before + stock);
  }

  private static boolean isReply(String topic) {
    return topic.startsWith("client-topics.replies.");
  }

  private static int replyTopics(Admin admin) throws Exception {
    return (int) admin.listTopics().names().get().stream().filter(TopicClientTest::isReply).count();
  }

  @Test
  void aTopicThatLayForHalfItsRetentionIsNotUsed() {
    long madeAtMs = 1_767_225_600_000L;
    String id = JobIds.create(madeAtMs, new Random(1));
    Duration retention = Duration.ofHours(25);
    long halfMs = retention.toMillis() / 2;

    assertThat(TopicChannel.isStale(id, madeAtMs + halfMs, retention)).isFalse();
    assertThat(TopicChannel.isStale(id, madeAtMs + halfMs + 1, retention)).isTrue();
  }

  private static int topicsWithMetrics(String client) throws Exception {
    ObjectName names =
        new ObjectName(
            "kafka.consumer:type=consumer-fetch-manager-metrics,client-id=" + client + ",topic=*");
    return ManagementFactory.getPlatformMBeanServer().queryNames(names, null).size();
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
