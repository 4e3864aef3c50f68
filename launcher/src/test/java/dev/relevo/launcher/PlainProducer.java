package dev.relevo.launcher;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A producer that is not ours: Kafka's own clients, a JSON parser and the protocol's page, nothing
 * of Relevo's code.
 */
public final class PlainProducer implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Map<String, Object> kafka;
  private final KafkaProducer<String, String> producer;

  PlainProducer(String bootstrap) {
    kafka = Map.of("bootstrap.servers", bootstrap);
    producer = new KafkaProducer<>(kafka, new StringSerializer(), new StringSerializer());
  }

  /** A UUIDv7, by hand. */
  public static String jobId() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return String.format(
        Locale.ROOT,
        "%08x-%04x-7%03x-%04x-%012x",
        System.currentTimeMillis() >>> 16,
        System.currentTimeMillis() & 0xffff,
        random.nextInt(0x1000),
        0x8000 | random.nextInt(0x4000),
        random.nextLong() & 0xffff_ffff_ffffL);
  }

  /** Makes a reply topic, submits a body with it, and returns the topic. */
  String submit(String job, int partition, String body) throws Exception {
    String replyTopic = "relevo.replies." + UUID.fromString(job);
    try (Admin admin = Admin.create(kafka)) {
      admin.createTopics(List.of(new NewTopic(replyTopic, 1, (short) 1))).all().get();
    }
    send(job, partition, body, Map.of("relevo-reply-topic", replyTopic));
    return replyTopic;
  }

  void send(String key, int partition, String body, Map<String, String> headers) throws Exception {
    ProducerRecord<String, String> record =
        new ProducerRecord<>("relevo.jobs", partition, key, body);
    headers.forEach(
        (name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
    producer.send(record).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** Asks for a job to be stopped. */
  void cancel(String job) throws Exception {
    String value = "{\"type\":\"cancel\",\"job\":\"%s\",\"reason\":\"enough\"}".formatted(job);
    producer
        .send(new ProducerRecord<>("relevo.control", 0, job, value))
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  void cancel(String job, String reason) throws Exception {
    String value = "{\"type\":\"cancel\",\"job\":\"%s\",\"reason\":\"%s\"}".formatted(job, reason);
    producer
        .send(new ProducerRecord<>("relevo.control", job, value))
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** Waits until state says something of a job. */
  JsonNode awaitState(String job, int home, Predicate<JsonNode> says) {
    return json(
        readTo(
                "relevo.state",
                home,
                record ->
                    job.equals(record.key()) && record.value() != null && says.test(json(record)))
            .getLast());
  }

  /** The records of a partition from its beginning to the first that is looked for. */
  List<ConsumerRecord<String, String>> readTo(
      String topic, int partition, Predicate<ConsumerRecord<String, String>> last) {
    TopicPartition place = new TopicPartition(topic, partition);
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    long untilNanos = System.nanoTime() + PATIENCE.toNanos();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(kafka, new StringDeserializer(), new StringDeserializer())) {
      consumer.assign(List.of(place));
      consumer.seekToBeginning(List.of(place));
      while (System.nanoTime() < untilNanos) {
        for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
          records.add(record);
          if (last.test(record)) {
            return records;
          }
        }
      }
    }
    throw new AssertionError(topic + " holds only " + records);
  }

  /** The reply stream of a job to the first record that is looked for. */
  List<JsonNode> answerTo(String replyTopic, Predicate<JsonNode> last) {
    return readTo(replyTopic, 0, record -> last.test(json(record))).stream()
        .map(PlainProducer::json)
        .toList();
  }

  /** The whole reply stream of a job, its end included. */
  List<JsonNode> answer(String replyTopic) {
    return answerTo(
        replyTopic,
        value -> List.of("done", "failed", "cancelled").contains(value.path("type").asString()));
  }

  /** A header's text, empty when it is not there. */
  static String header(ConsumerRecord<String, String> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
  }

  static JsonNode json(ConsumerRecord<String, String> record) {
    return JsonMapper.shared().readTree(record.value());
  }

  /**
   * The text of an answer, by the reader's rule as far as one attempt after another needs it: a seq
   * already taken is skipped.
   */
  static String text(List<JsonNode> answer) {
    StringBuilder text = new StringBuilder();
    long next = 0;
    for (JsonNode value : answer) {
      if (value.path("type").asString().equals("chunk") && value.path("seq").asLong() == next) {
        text.append(value.path("delta").path("content").asString(""));
        next++;
      }
    }
    return text.toString();
  }

  @Override
  public void close() {
    producer.close();
  }
}
