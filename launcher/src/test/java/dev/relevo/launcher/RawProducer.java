package dev.relevo.launcher;

import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Sends bytes as they are. */
final class RawProducer implements AutoCloseable {
  private final KafkaProducer<byte[], byte[]> kafka;

  RawProducer(String bootstrap, String compression) {
    kafka =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                bootstrap,
                "max.request.size",
                64 << 20,
                "buffer.memory",
                128L << 20,
                "compression.type",
                compression),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  long send(
      String topic,
      int partition,
      byte @Nullable [] key,
      byte @Nullable [] value,
      Map<String, byte[]> headers)
      throws Exception {
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, partition, 1L, key, value);
    headers.forEach((name, text) -> record.headers().add(name, text));
    return kafka.send(record).get().offset();
  }

  @Override
  public void close() {
    kafka.close();
  }
}
