package dev.relevo.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.common.kafka.TopicReport;
import dev.relevo.common.protocol.TopicNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Creating and checking topics on a real broker; here because the broker's module sees common. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TopicAdminTest {
  private final String servers = TestBroker.shared().bootstrapServers();
  private final KafkaClients clients = new KafkaClients(KafkaAccess.to(servers));
  private Admin admin;

  @BeforeAll
  void connect() {
    clients.awaitReachable(Duration.ofSeconds(10));
    admin = clients.admin("topic-admin-test");
  }

  @AfterAll
  void disconnect() {
    admin.close();
  }

  private TopicAdmin topics(TopicLayout layout) {
    return new TopicAdmin(admin, layout, servers);
  }

  /** A broker learns of a new topic a moment after its controller has made it. */
  private void awaitListed(String... names) throws Exception {
    awaitListing(listed -> listed.containsAll(List.of(names)));
  }

  private void awaitListing(Predicate<Set<String>> wanted) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    Set<String> listed = admin.listTopics().names().get();
    while (!wanted.test(listed) && System.nanoTime() < end) {
      listed = admin.listTopics().names().get();
    }
    assertThat(wanted.test(listed)).as("topics: %s", listed).isTrue();
  }

  @Test
  void createsWhatIsMissingOnceAndFindsItInOrder() throws Exception {
    TopicAdmin topics = topics(new TopicLayout("topics-create", 2, 3, 1));
    assertThat(topics.check().missing()).hasSize(9);

    TopicReport first = topics.ensure();
    assertThat(first.created())
        .hasSize(9)
        .contains("topics-create.jobs", "topics-create.jobs.batch", "topics-create.dead");
    assertThat(first.problems()).isEmpty();

    awaitListed(first.created().toArray(String[]::new));
    TopicReport second = topics.ensure();
    assertThat(second.created()).isEmpty();
    assertThat(second.missing()).isEmpty();
    assertThat(second.findings()).isEmpty();
    assertThat(
            admin
                .describeTopics(List.of("topics-create.assignments"))
                .allTopicNames()
                .get()
                .get("topics-create.assignments")
                .partitions())
        .hasSize(3);
  }

  @Test
  void severalMayCreateAtOnce() {
    TopicLayout layout = new TopicLayout("topics-race", 1, 1, 1);
    List<CompletableFuture<TopicReport>> racers =
        IntStream.range(0, 4)
            .mapToObj(racer -> CompletableFuture.supplyAsync(() -> topics(layout).ensure()))
            .toList();
    List<String> created = new ArrayList<>();
    racers.forEach(racer -> created.addAll(racer.join().created()));

    assertThat(created).hasSize(9).doesNotHaveDuplicates();
  }

  @Test
  void refusesWhatBreaksARuleAndNamesAll() throws Exception {
    admin
        .createTopics(
            List.of(
                new NewTopic("topics-broken.jobs", 3, (short) 1),
                new NewTopic("topics-broken.state", 2, (short) 1)))
        .all()
        .get();

    awaitListed("topics-broken.jobs", "topics-broken.state");
    assertThatThrownBy(() -> topics(new TopicLayout("topics-broken", 2, 1, 1)).ensure())
        .isInstanceOfSatisfying(
            KafkaProblem.class, e -> assertThat(e.kind()).isEqualTo(KafkaProblem.Kind.BROKEN_RULE))
        .hasMessageContaining("Topic topics-broken.jobs has 3 partitions, expected 2")
        .hasMessageContaining("Topic topics-broken.jobs has message.timestamp.type=CreateTime")
        .hasMessageContaining("Topic topics-broken.state has cleanup.policy=delete");
  }

  @Test
  void saysThatThereAreTooFewBrokersForTheCopies() {
    assertThatThrownBy(() -> topics(new TopicLayout("topics-copies", 1, 1, 3)).ensure())
        .isInstanceOfSatisfying(
            KafkaProblem.class, e -> assertThat(e.kind()).isEqualTo(KafkaProblem.Kind.BAD_SETTING))
        .hasMessageContaining("replication-factor");
  }

  @Test
  void createsAndDeletesReplyTopicsInBatches() throws Exception {
    TopicAdmin topics = topics(new TopicLayout("topics-replies", 1, 1, 1));
    TopicNames names = topics.layout().names();
    List<String> replies = IntStream.range(0, 64).mapToObj(i -> names.replies("id-" + i)).toList();
    topics.createReplies(replies, Duration.ofHours(1));
    topics.createReplies(replies.subList(0, 2), Duration.ofHours(1));
    topics.createInbox(names.inbox("me"), 4, Duration.ofHours(25));

    awaitListed(names.inbox("me"));
    assertThat(admin.listTopics().names().get()).containsAll(replies);
    topics.delete(replies);
    topics.delete(replies.subList(0, 2));
    topics.delete(List.of());
    awaitListing(listed -> replies.stream().noneMatch(listed::contains));
  }
}
