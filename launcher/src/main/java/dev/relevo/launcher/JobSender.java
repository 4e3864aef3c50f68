package dev.relevo.launcher;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.TopicNames;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes jobs and cancels; each call returns when Kafka has the record. Thread-safe. */
final class JobSender implements AutoCloseable {
  private final KafkaClients clients;
  private final TopicNames topics;
  private final Producer<String, byte[]> producer;

  JobSender(KafkaClients clients, TopicNames topics) {
    this.clients = clients;
    this.topics = topics;
    this.producer = clients.producer(ProducerProfile.JOBS, "relevo-tool");
  }

  /** Asks Kafka about a topic ahead of the first record for it. */
  void prepare(String topic) {
    try {
      producer.partitionsFor(topic);
    } catch (RuntimeException e) {
      throw clients.problem(e, "looking for the topic " + topic);
    }
  }

  /** Submits a job. */
  void send(String topic, String job, JobHeaders headers, byte[] body) {
    ProducerRecord<String, byte[]> record = new ProducerRecord<>(topic, job, body);
    headers.writeTo(record.headers());
    send(record, "sending the job");
  }

  /** Asks for a job to be stopped, whether it waits or runs. */
  void cancel(String job, String reason) {
    byte[] value = MessageCodec.encode(new ControlRecord.Cancel(job, reason));
    send(new ProducerRecord<>(topics.control(), job, value), "cancelling the job");
  }

  @Override
  public void close() {
    producer.close();
  }

  private void send(ProducerRecord<String, byte[]> record, String doing) {
    try {
      producer.send(record).get();
    } catch (ExecutionException e) {
      throw clients.problem(e, doing);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw clients.problem(e, doing);
    } catch (RuntimeException e) {
      throw clients.problem(e, doing);
    }
  }
}
