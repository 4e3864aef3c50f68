package dev.relevo.client;

import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.supervision.Supervisor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One topic for all answers of the process (protocol section 1). A job's {@code
 * relevo-reply-offset} is how far its partition was read when the job was submitted.
 */
@SuppressWarnings("FutureReturnValueIgnored") // callbacks and logs tell of failures
final class InboxChannel implements ReplyChannel {
  /** The key of the record that says the inbox is used; no job can have it. */
  static final String ALIVE_KEY = "\u0001alive";

  private static final Logger LOG = LoggerFactory.getLogger(InboxChannel.class);
  private static final Duration ALIVE_INTERVAL = Duration.ofMinutes(10);

  private final String topic;
  private final JobClientOptions options;
  private final TopicAdmin topics;
  private final ReplyLoop loop;
  private final ScheduledExecutorService timer;
  private final Producer<String, byte[]> producer;
  private final Supplier<String> ids;
  private final AtomicInteger next = new AtomicInteger();
  private volatile boolean left;
  private volatile AtomicLongArray positions = new AtomicLongArray(0);

  InboxChannel(
      String topic,
      JobClientOptions options,
      TopicAdmin topics,
      ReplyLoop loop,
      ScheduledExecutorService timer,
      Producer<String, byte[]> producer,
      Supplier<String> ids) {
    this.topic = topic;
    this.options = options;
    this.topics = topics;
    this.loop = loop;
    this.timer = timer;
    this.producer = producer;
    this.ids = ids;
  }

  /** Makes the inbox if need be, begins to read it at its end, and tells that it is used. */
  @Override
  public void start() {
    topics.createInbox(topic, options.inboxPartitions(), options.replyRetention());
    loop.tell(this::readFromEnd);
    Supervisor.uncounted("The client")
        .part("inbox")
        .repeat(timer, this::tellAlive, Duration.ZERO, ALIVE_INTERVAL);
  }

  private void readFromEnd(Consumer<String, byte[]> consumer) {
    int partitions = awaitPartitions(consumer);
    List<TopicPartition> all =
        IntStream.range(0, partitions).mapToObj(p -> new TopicPartition(topic, p)).toList();
    consumer.assign(all);
    consumer.seekToEnd(all);
    AtomicLongArray ends = new AtomicLongArray(partitions);
    all.forEach(p -> ends.set(p.partition(), consumer.position(p, options.startTimeout())));
    positions = ends;
  }

  /** A broker learns of a new topic a moment after its controller has made it. */
  private int awaitPartitions(Consumer<String, byte[]> consumer) {
    long endNanos = System.nanoTime() + options.startTimeout().toNanos();
    int partitions = 0;
    while (partitions == 0 && System.nanoTime() - endNanos < 0) {
      partitions = consumer.partitionsFor(topic, options.startTimeout()).size();
    }
    if (partitions == 0) {
      throw new UnknownTopicOrPartitionException("the inbox " + topic + " was not made in time");
    }
    return partitions;
  }

  private void tellAlive() {
    try {
      sendAlive();
    } catch (KafkaException e) {
      LOG.warn("The inbox {} was not kept alive: {}", topic, e.getMessage());
    }
  }

  private void sendAlive() {
    producer.send(
        new ProducerRecord<>(topic, 0, ALIVE_KEY, new byte[0]),
        (where, failure) -> {
          if (failure != null) {
            LOG.warn("The inbox {} was not kept alive: {}", topic, failure.getMessage());
          }
        });
  }

  @Override
  public ReplyPlace open() {
    AtomicLongArray read = positions;
    int partition = Math.floorMod(next.getAndIncrement(), read.length());
    return new ReplyPlace(topic, partition, read.get(partition));
  }

  @Override
  public String idFor(ReplyPlace place) {
    return ids.get();
  }

  @Override
  public void release(ReplyPlace place) {
    // The records of all jobs go together, by the topic's retention.
  }

  @Override
  public void leave(ReplyPlace place) {
    left = true;
  }

  @Override
  public void read(int partition, long nextOffset) {
    positions.set(partition, nextOffset);
  }

  @Override
  public void close(boolean jobsOpen) {
    boolean nameless = options.clientId() == null;
    if (nameless && !jobsOpen && !left && !options.keepReplies()) {
      try {
        topics.delete(List.of(topic));
      } catch (KafkaProblem e) {
        LOG.warn("The inbox {} stays until its retention is over: {}", topic, e.getMessage());
      }
    }
  }
}
