package dev.relevo.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.StateRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Reply topics that nobody deletes go, on a real broker, and no other. */
@Isolated("its thousand topics keep the broker busy")
class ReaperOnKafkaTest extends DispatcherOnKafka {
  private static final int JOBS = 1_000;
  private static final int BATCH = 200;
  private static final long DAY_MS = TimeUnit.DAYS.toMillis(1);

  private final Random random = new Random();
  private Admin admin;

  @Override
  Map<String, String> more() {
    return Map.of("RELEVO_DISPATCHER_REPLY_RETENTION", "4s");
  }

  @BeforeEach
  void connect() {
    admin = new KafkaClients(KafkaAccess.to(settings.kafka().bootstrapServers())).admin("reaper");
  }

  @AfterEach
  void disconnect() {
    admin.close();
  }

  private String topic(long madeAtMs) {
    return topics.replies(JobIds.create(madeAtMs, random));
  }

  private void create(List<String> names, String retentionMs) throws Exception {
    for (int from = 0; from < names.size(); from += BATCH) {
      admin
          .createTopics(
              names.subList(from, Math.min(names.size(), from + BATCH)).stream()
                  .map(name ->
                      new NewTopic(name, 1, (short) 1).configs(Map.of("retention.ms", retentionMs)))
                  .toList())
          .all()
          .get(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** A job that nobody can take ends at once, and its reader is told. */
  private void submit(String job, int home, String replyTopic, String maxWaitMs) {
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(topics.jobs(), home, job, utf8("{\"model\":\"nobody-has-it\"}"));
    record.headers().add(HeaderNames.REPLY_TOPIC, utf8(replyTopic));
    record.headers().add(HeaderNames.MAX_WAIT, utf8(maxWaitMs));
    var _ = producer.send(record, (written, failure) -> assertThat(failure).isNull());
  }

  private static boolean isDead(ConsumerRecord<String, byte[]> record) {
    return record.value() != null
        && MessageCodec.decode(StateRecord.class, record.value()) instanceof StateRecord.Job job
        && job.status() == JobStatus.DEAD;
  }

  private Set<String> left() throws Exception {
    Predicate<String> place = topics::isReplyPlace;
    return admin.listTopics().names().get(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS).stream()
        .filter(place)
        .collect(Collectors.toSet());
  }

  /** A broker hears of new topics a moment after they were made. */
  private void awaitThere(List<String> names) throws Exception {
    long endNanos = System.nanoTime() + LONGEST_WAIT.toNanos();
    while (!left().containsAll(names)) {
      assertThat(System.nanoTime()).describedAs("not all are there").isLessThan(endNanos);
    }
  }

  private void awaitLeft(Set<String> expected) throws Exception {
    long endNanos = System.nanoTime() + 2 * LONGEST_WAIT.toNanos();
    while (!left().equals(expected)) {
      assertThat(System.nanoTime()).describedAs("%s are left", left().size()).isLessThan(endNanos);
      assertThat(left()).containsAll(expected);
    }
  }

  /** A topic is gone a moment before the answer says so. */
  private void awaitCounted(int deleted) {
    long endNanos = System.nanoTime() + LONGEST_WAIT.toNanos();
    while (counted() < deleted && System.nanoTime() < endNanos) {
      Thread.onSpinWait();
    }
    assertThat(counted()).isEqualTo(deleted);
  }

  private double counted() {
    return metrics.get("relevo.dispatcher.reply.topics.deleted").counters().stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  @Test
  void afterAThousandJobsWithATopicEachNoneIsLeft() throws Exception {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < JOBS; i++) {
      names.add(topic(System.currentTimeMillis()));
    }
    create(names, Long.toString(DAY_MS));
    String live = topic(System.currentTimeMillis());
    create(List.of(live), Long.toString(DAY_MS));
    awaitThere(names);
    awaitThere(List.of(live));
    dispatcher("d1");
    submit("live-1", 0, live, "60000");
    submit("ended-in-the-same-topic", 0, live, "1");
    for (int i = 0; i < JOBS; i++) {
      // Half of them are named after their jobs, as our client does it.
      String id = names.get(i).substring(topics.replies("").length());
      submit(i % 2 == 0 ? id : "job-" + i, i % 4 / 2, names.get(i), "1");
    }
    producer.flush();
    long beganNanos = System.nanoTime();

    awaitLeft(Set.of(live));
    System.out.printf(
        "%d reply topics that nobody deleted were gone %d ms after their jobs were sent%n",
        JOBS, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos));
    awaitCounted(JOBS);
  }

  @Test
  void whoeverTakesOverDeletesWhatTheLastOwnerLeft() throws Exception {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      names.add(topic(System.currentTimeMillis()));
    }
    create(names, Long.toString(DAY_MS));
    Settings patience = settings;
    settings = with("RELEVO_DISPATCHER_REPLY_RETENTION", "10m");
    dispatcher("d1");
    for (String name : names) {
      submit(name.substring(topics.replies("").length()), 1, name, "1");
    }
    Set<String> alive = new HashSet<>(names);
    while (!alive.isEmpty()) {
      StateRecord.Job dead =
          (StateRecord.Job)
              MessageCodec.decode(
                  StateRecord.class, await(topics.state(), ReaperOnKafkaTest::isDead).value());
      alive.remove(dead.replyTopic());
    }
    dispatchers.getFirst().close();
    assertThat(left()).hasSameElementsAs(names);

    settings = patience;
    dispatcher("d2");

    awaitLeft(Set.of());
  }

  @Test
  void abandonedTopicsAndInboxesGoByTheirAge() throws Exception {
    long nowMs = System.currentTimeMillis();
    String old = topic(nowMs - 3 * DAY_MS);
    String longer = topic(nowMs - 3 * DAY_MS);
    String young = topic(nowMs);
    String deaf = topics.inbox("deaf");
    String used = topics.inbox("used");
    create(List.of(old, young), Long.toString(DAY_MS));
    create(List.of(longer, used), Long.toString(2 * DAY_MS));
    create(List.of(deaf), "1000");
    var _ = producer.send(new ProducerRecord<>(used, 0, "\u0001alive", new byte[0])).get();

    dispatcher("d1");

    awaitLeft(Set.of(longer, young, used));
  }
}
