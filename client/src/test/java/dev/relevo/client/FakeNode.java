package dev.relevo.client;

import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.Usage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/**
 * A dispatcher and a node in one, as far as a client can tell: reads the lanes and answers each job
 * as the test's script says.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class FakeNode {
  /** A job that has arrived, and the means to answer it. */
  final class Job {
    final String id;
    final String body;
    final Lane lane;
    final JobHeaders headers;
    final Fence fence;

    private Job(ConsumerRecord<String, byte[]> record) {
      id = record.key();
      body = new String(record.value(), StandardCharsets.UTF_8);
      lane = record.topic().equals(layout.names().jobs()) ? Lane.JOBS : Lane.BATCH;
      headers = JobHeaders.parse(record.headers());
      fence = new Fence(record.partition(), 1, record.offset());
    }

    Job write(ReplyRecord record) {
      return write(fence, record);
    }

    Job write(Fence by, ReplyRecord record) {
      ReplyPlace place = headers.replyPlace();
      ProducerRecord<String, byte[]> reply =
          new ProducerRecord<>(place.topic(), place.partition(), id, MessageCodec.encode(record));
      MessageCodec.putFence(reply.headers(), by);
      producer.send(reply);
      return this;
    }

    Job start() {
      return write(new ReplyRecord.Started("fake"));
    }

    Job say(int seq, String text) {
      return write(new ReplyRecord.Chunk(seq, Delta.text(text)));
    }

    Job done(int lastSeq) {
      return write(
          new ReplyRecord.Done(lastSeq, FinishReason.STOP, new Usage(3, 4), "backend", "model", 1));
    }

    void answer(String... pieces) {
      start();
      for (int seq = 0; seq < pieces.length; seq++) {
        say(seq, pieces[seq]);
      }
      done(pieces.length - 1);
    }
  }

  private final TopicLayout layout;
  private final KafkaClients clients;
  private final Producer<String, byte[]> producer;
  private final org.apache.kafka.clients.consumer.Consumer<String, byte[]> consumer;
  private final Thread thread;
  private final BlockingQueue<Job> arrived = new LinkedBlockingQueue<>();
  private final BlockingQueue<ControlRecord> controls = new LinkedBlockingQueue<>();
  private final Map<String, Job> byId = new ConcurrentHashMap<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile Consumer<Job> script = job -> {};
  private volatile boolean stopping;

  FakeNode(String bootstrapServers, String prefix) {
    layout = new TopicLayout(prefix, 2, 1, 1);
    clients = new KafkaClients(KafkaAccess.to(bootstrapServers));
    try (Admin admin = clients.admin("fake-node")) {
      new TopicAdmin(admin, layout, bootstrapServers).ensure();
    }
    producer = clients.producer(ProducerProfile.REPLIES, "fake-node");
    consumer =
        clients.assignedConsumer(
            "fake-node", KafkaClients.FetchWait.STEADY, KafkaClients.Start.EARLIEST);
    List<TopicPartition> partitions = new ArrayList<>();
    for (int partition = 0; partition < 2; partition++) {
      partitions.add(new TopicPartition(layout.names().jobs(), partition));
      partitions.add(new TopicPartition(layout.names().batchJobs(), partition));
    }
    partitions.add(new TopicPartition(layout.names().control(), 0));
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    thread = Thread.ofPlatform().daemon().name("fake-node").start(this::run);
  }

  TopicLayout layout() {
    return layout;
  }

  KafkaClients clients() {
    return clients;
  }

  /** What to do with each job from now on. */
  void script(Consumer<Job> script) {
    this.script = script;
  }

  /** The next job that arrived. */
  Job next() throws InterruptedException {
    Job job = arrived.poll(20, java.util.concurrent.TimeUnit.SECONDS);
    if (job == null) {
      throw new AssertionError("no job arrived in 20 s");
    }
    return job;
  }

  /** The next control record. */
  ControlRecord nextControl() throws InterruptedException {
    ControlRecord record = controls.poll(20, java.util.concurrent.TimeUnit.SECONDS);
    if (record == null) {
      throw new AssertionError("no control record arrived in 20 s");
    }
    return record;
  }

  private void run() {
    try {
      while (!stopping) {
        consumer.poll(Duration.ofSeconds(10)).forEach(this::take);
      }
    } catch (WakeupException e) {
      stopping = true;
    } finally {
      consumer.close();
      ended.countDown();
    }
  }

  private void take(ConsumerRecord<String, byte[]> record) {
    if (record.topic().equals(layout.names().control())) {
      ControlRecord control = MessageCodec.decode(ControlRecord.class, record.value());
      if (control instanceof ControlRecord.Cancel cancel && byId.containsKey(cancel.job())) {
        byId.get(cancel.job()).write(new ReplyRecord.Cancelled(cancel.reason()));
      }
      controls.add(control);
    } else {
      Job job = new Job(record);
      byId.put(job.id, job);
      script.accept(job);
      arrived.add(job);
    }
  }

  void stop() throws InterruptedException {
    stopping = true;
    consumer.wakeup();
    ended.await();
    thread.join();
    producer.close();
  }
}
