package dev.relevo.launcher;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.TopicNames;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes to control what dispatchers and nodes shall do; returns when Kafka has it. */
final class ControlSender implements AutoCloseable {
  private final KafkaClients clients;
  private final TopicNames topics;
  private final Producer<String, byte[]> producer;

  ControlSender(KafkaClients clients, TopicNames topics) {
    this.clients = clients;
    this.topics = topics;
    this.producer = clients.producer(ProducerProfile.JOBS, "relevo-tool-control");
  }

  /**
   * @return where it stands
   * @throws dev.relevo.common.kafka.KafkaProblem when Kafka does not take it
   */
  long send(ControlRecord record) {
    String key =
        switch (record) {
          case ControlRecord.Cancel cancel -> cancel.job();
          case ControlRecord.Drain drain -> drain.node();
          case ControlRecord.Pause pause -> pause.lane().text();
          case ControlRecord.Resume resume -> resume.lane().text();
          case ControlRecord.BackendOrder order -> order.name();
        };
    try {
      return producer
          .send(new ProducerRecord<>(topics.control(), key, MessageCodec.encode(record)))
          .get()
          .offset();
    } catch (ExecutionException | RuntimeException e) {
      throw clients.problem(e, "writing to " + topics.control());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw clients.problem(e, "writing to " + topics.control());
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
