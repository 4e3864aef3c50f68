package dev.relevo.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Jobs end by the hundred whose reply topics are not there: nobody else waits for that. */
class MissingPlacesOnKafkaTest extends DispatcherOnKafka {
  private static final int JOBS = 200;

  /** A producer waits five seconds for each topic, and there are 32 threads: half a minute. */
  private static final Duration MUCH_LESS = Duration.ofSeconds(15);

  private final Map<String, Long> sentMs = new HashMap<>();

  private void send(String job, String replyTopic, int partition) {
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(topics.jobs(), 0, job, utf8("{\"model\":\"nobody-has-it\"}"));
    record.headers().add(HeaderNames.REPLY_TOPIC, utf8(replyTopic));
    record.headers().add(HeaderNames.REPLY_PARTITION, utf8(Integer.toString(partition)));
    record.headers().add(HeaderNames.MAX_WAIT, utf8("1000"));
    sentMs.put(job, System.currentTimeMillis());
    var _ = producer.send(record, (written, failure) -> assertThat(failure).isNull());
  }

  private String inbox() {
    String inbox = topics.inbox("reader");
    String bootstrap = settings.kafka().bootstrapServers();
    try (Admin admin = new KafkaClients(KafkaAccess.to(bootstrap)).admin("inbox")) {
      new TopicAdmin(admin, new TopicLayout(topics.prefix(), 2, 2, 1), bootstrap)
          .createInbox(inbox, 1, Duration.ofHours(1));
    }
    List<TopicPartition> partitions = new ArrayList<>(consumer.assignment());
    partitions.add(new TopicPartition(inbox, 0));
    consumer.assign(partitions);
    return inbox;
  }

  private long slowest(String inbox, List<String> jobs) {
    List<Long> waits = new ArrayList<>();
    for (int i = 0; i < jobs.size(); i++) {
      ConsumerRecord<String, byte[]> told = await(inbox, record -> jobs.contains(record.key()));
      waits.add(told.timestamp() - sentMs.getOrDefault(told.key(), 0L) - 1_000);
    }
    waits.sort(null);
    return waits.getLast();
  }

  @Test
  void thoseWhoListenAreToldWithoutWaitingForThoseWhoDoNot() throws Exception {
    String inbox = inbox();
    dispatcher("d1");
    List<String> alone = IntStream.range(0, JOBS).mapToObj(i -> "alone-" + i).toList();
    alone.forEach(job -> send(job, inbox, 0));
    long aloneMs = slowest(inbox, alone);

    List<String> good = IntStream.range(0, JOBS).mapToObj(i -> "good-" + i).toList();
    for (int i = 0; i < JOBS; i++) {
      send("lost-" + i, topics.replies("gone-" + i), 0);
      send(good.get(i), inbox, 0);
    }
    send("lost-partition", inbox, 1_000_000);
    long togetherMs = slowest(inbox, good);
    System.out.printf(
        "the last of %d jobs was told of its end after %d ms, among %d without a reply topic after"
            + " %d ms%n",
        JOBS, aloneMs, JOBS, togetherMs);

    assertThat(togetherMs).isLessThan(MUCH_LESS.toMillis());
    awaitState("lost-partition", JobStatus.DEAD);
    assertThat(dispatchers.getFirst().isReady()).isTrue();
  }

  @Test
  void aReplyTopicThatTakesNoRecordStopsNobody() throws Exception {
    String topic = topics.replies("tiny");
    String bootstrap = settings.kafka().bootstrapServers();
    try (Admin admin = new KafkaClients(KafkaAccess.to(bootstrap)).admin("tiny")) {
      admin
          .createTopics(
              List.of(
                  new org.apache.kafka.clients.admin.NewTopic(topic, 1, (short) 1)
                      .configs(Map.of("max.message.bytes", "60"))))
          .all()
          .get(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS);
    }
    dispatcher("d1");

    send("unheard", topic, 0);

    awaitState("unheard", JobStatus.DEAD);
    assertThat(dispatchers.getFirst().stopped()).isNotDone();
  }
}
