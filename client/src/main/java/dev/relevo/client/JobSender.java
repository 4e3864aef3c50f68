package dev.relevo.client;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.TopicNames;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands jobs and cancels to Kafka. Its futures end on Kafka's own thread, so what depends on them
 * must be quick; they fail with {@link JobException} only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // callbacks and logs tell of failures
final class JobSender {
  private static final Logger LOG = LoggerFactory.getLogger(JobSender.class);

  private final KafkaClients clients;
  private final Producer<String, byte[]> producer;
  private final TopicNames names;
  private final InstantSource clock;

  JobSender(
      KafkaClients clients,
      Producer<String, byte[]> producer,
      TopicNames names,
      InstantSource clock) {
    this.clients = clients;
    this.producer = producer;
    this.names = names;
    this.clock = clock;
  }

  /** Completes when Kafka has the job. */
  CompletableFuture<Void> submit(String id, JobRequest request, ReplyPlace place) {
    JobHeaders asked = request.headers().withReplyPlace(place);
    if (request.deadline() != null) {
      asked = asked.withDeadlineMs(clock.millis() + request.timeAllowed().toMillis());
    }
    Headers headers = new RecordHeaders();
    asked.writeTo(headers);
    return send(
        new ProducerRecord<>(names.lane(request.lane()), null, id, request.bytes(), headers),
        "submitting a job");
  }

  /** Completes when Kafka has the request to stop a job. */
  CompletableFuture<Void> cancel(String job, String reason) {
    return send(
        new ProducerRecord<>(
            names.control(), 0, job, MessageCodec.encode(new ControlRecord.Cancel(job, reason))),
        "cancelling a job");
  }

  /** The same for callers that nobody listens to. */
  void cancelQuietly(String job, String reason) {
    cancel(job, reason)
        .whenComplete((done, failure) -> {
          if (failure != null) {
            LOG.warn("Job {} was not cancelled: {}", job, failure.getMessage());
          }
        });
  }

  void close(Duration timeout) {
    producer.close(timeout);
  }

  private CompletableFuture<Void> send(ProducerRecord<String, byte[]> record, String doing) {
    CompletableFuture<Void> sent = new CompletableFuture<>();
    try {
      producer.send(
          record,
          (where, failure) -> {
            if (failure == null) {
              sent.complete(null);
            } else {
              sent.completeExceptionally(notSubmitted(failure, doing));
            }
          });
    } catch (RuntimeException e) {
      sent.completeExceptionally(notSubmitted(e, doing));
    }
    return sent;
  }

  private JobException notSubmitted(Exception cause, String doing) {
    return new JobException(
        JobException.NOT_SUBMITTED,
        String.valueOf(clients.problem(cause, doing).getMessage()),
        cause);
  }
}
