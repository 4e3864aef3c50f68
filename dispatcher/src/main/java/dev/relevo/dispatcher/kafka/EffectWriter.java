package dev.relevo.dispatcher.kafka;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.dispatcher.core.Effect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what the core wants written. State, assignments, settlements and dead letters go out
 * from the loop's thread, which never waits for them. Reply places are the matter of {@link
 * ReplyDesk}. Bodies are read again by a thread of their own.
 *
 * <p>What one job makes too large for Kafka must not stop its partition: an assignment is answered
 * by {@link Answers.Answer.TooLarge}, a dead letter is written without what makes it large.
 */
final class EffectWriter implements AutoCloseable {
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(EffectWriter.class);

  private final String id;
  private final TopicNames topics;
  private final Answers answers;
  private final DispatcherMetrics metrics;
  private final Producer<String, byte[]> assignments;
  private final Producer<String, byte[]> state;
  private final Admin admin;
  private final ReplyDesk desk;
  private final TopicReaper reaper;
  private final BodyReader bodies;

  EffectWriter(
      KafkaClients clients,
      TopicNames topics,
      String id,
      Answers answers,
      DispatcherMetrics metrics,
      Supervisor parts,
      Duration replyRetention) {
    this.id = id;
    this.topics = topics;
    this.answers = answers;
    this.metrics = metrics;
    this.assignments = clients.producer(ProducerProfile.ASSIGNMENTS, id + "-assignments");
    this.state = clients.producer(ProducerProfile.STATE, id + "-state");
    this.admin = clients.admin(id);
    this.reaper = new TopicReaper(admin, answers, metrics, replyRetention, parts.part("reaper"));
    this.desk = new ReplyDesk(clients, admin, id, answers, parts.part("reply desk"));
    this.bodies = new BodyReader(clients, topics, id, answers, parts.part("body reader"));
  }

  void carryOut(Effect effect) {
    switch (effect) {
      case Effect.WriteState state -> writeState(state);
      case Effect.Assign assign -> assign(assign);
      case Effect.Settle settle -> settle(settle);
      case Effect.Bury bury -> bury(bury);
      case Effect.Reply reply -> desk.write(reply);
      case Effect.ReadBack readBack -> desk.readBack(readBack);
      case Effect.ReadBody readBody -> bodies.want(readBody);
    }
  }

  private void writeState(Effect.WriteState record) {
    Headers headers = new RecordHeaders();
    byte[] value = null;
    if (record.record() == null) {
      headers.add(HeaderNames.EPOCH, utf8(Long.toString(record.epoch())));
    } else {
      value = MessageCodec.encode(record.record());
      metrics.recorded(record.record());
    }
    write(state, record, topics.state(), record.home(), record.job(), value, headers);
  }

  private void assign(Effect.Assign assign) {
    metrics.assigned();
    tell(assign.assignment());
    write(
        assignments,
        assign,
        topics.assignments(),
        assign.slot(),
        assign.assignment().job(),
        assign.body(),
        assign.assignment().toHeaders());
  }

  /** A first attempt is what is expected; whatever follows it is a take-over or another try. */
  private void tell(Assignment assignment) {
    (assignment.first() ? LOG.atDebug() : LOG.atInfo())
        .addKeyValue("job", assignment.job())
        .addKeyValue("attempt", assignment.fence().toString())
        .addKeyValue("node", assignment.node())
        .addKeyValue("dispatcher", id)
        .log("Node {} gets the job as attempt {}", assignment.node(), assignment.attempt());
  }

  private void tell(DeadLetter letter) {
    LOG.atInfo()
        .addKeyValue("job", letter.job())
        .addKeyValue("dispatcher", id)
        .addKeyValue("code", letter.code())
        .log("The job is dead after {} attempts: {}", letter.attempts().size(), letter.message());
  }

  private void settle(Effect.Settle settle) {
    write(
        state,
        settle,
        topics.events(),
        settle.home(),
        settle.job(),
        MessageCodec.encode(settle.record()),
        fenced(settle.fence()));
  }

  private void bury(Effect.Bury bury) {
    Headers headers = new RecordHeaders();
    if (bury.headers() != null) {
      for (Header header : bury.headers()) {
        headers.add(header);
      }
    }
    headers.remove(HeaderNames.DEAD);
    if (bury.letter() != null) {
      headers.add(HeaderNames.DEAD, MessageCodec.encode(bury.letter()));
      metrics.buried(bury.letter());
      tell(bury.letter());
    }
    // A null value would take the letter out again: a job without one keeps an empty value.
    byte[] value = bury.letter() != null && bury.value() == null ? new byte[0] : bury.value();
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(topics.dead(), bury.home(), bury.key(), value, headers);
    var _ =
        state.send(
            record,
            (written, failure) -> {
              if (failure instanceof RecordTooLargeException && bury.letter() != null) {
                write(state, bury, ShortLetter.of(record, bury.letter()));
              } else {
                answered(bury, written, failure);
              }
            });
  }

  private void write(
      Producer<String, byte[]> producer,
      Effect effect,
      String topic,
      int partition,
      String key,
      byte @Nullable [] value,
      Headers headers) {
    write(producer, effect, new ProducerRecord<>(topic, partition, key, value, headers));
  }

  private void write(
      Producer<String, byte[]> producer, Effect effect, ProducerRecord<String, byte[]> record) {
    var _ = producer.send(record, (written, failure) -> answered(effect, written, failure));
  }

  private void answered(
      Effect effect, @Nullable RecordMetadata written, @Nullable Exception failure) {
    if (failure == null && written != null) {
      answers.add(new Answers.Answer.Written(effect, written.offset()));
    } else if (failure instanceof RecordTooLargeException
        && effect instanceof Effect.Assign assign) {
      answers.add(new Answers.Answer.TooLarge(assign));
    } else {
      answers.add(
          new Answers.Answer.Broken(
              effect, failure == null ? new IllegalStateException("no answer") : failure));
    }
  }

  private static Headers fenced(Fence fence) {
    Headers headers = new RecordHeaders();
    MessageCodec.putFence(headers, fence);
    return headers;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Who deletes reply topics, with the same admin client. */
  TopicReaper reaper() {
    return reaper;
  }

  /** Sends what is under way, for a bounded time. */
  void flush() {
    assignments.flush();
    state.flush();
  }

  @Override
  public void close() {
    bodies.close();
    desk.close();
    assignments.close(CLOSE_TIMEOUT);
    state.close(CLOSE_TIMEOUT);
    desk.closeProducers(CLOSE_TIMEOUT);
    admin.close(CLOSE_TIMEOUT);
  }
}
