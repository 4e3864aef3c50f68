package dev.relevo.dispatcher.kafka;

import dev.relevo.common.config.DispatcherSettings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.common.supervision.Part;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.dispatcher.core.DispatcherCore;
import dev.relevo.dispatcher.core.Moment;
import dev.relevo.dispatcher.core.Ticks;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread of a dispatcher: read, ask the core, carry out.
 *
 * <p>Threads: the core, the data consumer and the membership belong to the loop's thread alone.
 * Producers answer on threads of their own, through {@link Answers}. {@link #stop} may come from
 * any thread.
 */
public final class DispatcherLoop implements Runnable {
  /** While the group gives homes out, each of its steps waits for a turn of ours. */
  private static final Duration SHORT_POLL = Duration.ofMillis(5);

  private static final long MS_NANOS = Duration.ofMillis(1).toNanos();
  private static final long LOOK_NANOS = Duration.ofSeconds(2).toNanos();

  /** Own beats that take longer than four intervals say that the broker or we are slow. */
  private static final int LATE_INTERVALS = 4;

  private static final Logger LOG = LoggerFactory.getLogger(DispatcherLoop.class);

  private final String id;
  private final DispatcherSettings settings;
  private final TopicNames topics;
  private final Clock clock;
  private final DispatcherCore core;
  private final DispatcherMetrics metrics;
  private final Consumer<String, byte[]> data;
  private final Producer<String, byte[]> beats;
  private final Membership membership;
  private final Ownership ownership;
  private final HouseRecords house;
  private final Answers answers;
  private final EffectWriter writer;
  private final Part heart;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();

  private volatile boolean stopping;
  private long beat;
  private long beatNanos;
  private long commitNanos;
  private final Ticks ticks = new Ticks();
  private long lookNanos;

  /**
   * @param id the dispatcher's id
   * @param settings its settings
   * @param clients where its Kafka clients come from
   * @param topics the names of the house
   * @param slots partitions of the assignments
   * @param core what decides
   * @param registry where its metrics go
   * @param clock the clocks
   */
  public DispatcherLoop(
      String id,
      DispatcherSettings settings,
      KafkaClients clients,
      TopicNames topics,
      int slots,
      DispatcherCore core,
      io.micrometer.core.instrument.MeterRegistry registry,
      Clock clock) {
    this.id = id;
    this.settings = settings;
    this.topics = topics;
    this.core = core;
    this.clock = clock;
    this.metrics = new DispatcherMetrics(registry, id);
    this.data =
        clients.assignedConsumer(
            id + "-reader", KafkaClients.FetchWait.STEADY, KafkaClients.Start.EARLIEST);
    this.beats = clients.producer(ProducerProfile.BEATS, id + "-beats");
    this.answers = new Answers(data::wakeup);
    Supervisor parts = new Supervisor(id, metrics::restarts);
    this.heart = parts.part("heart");
    this.writer =
        new EffectWriter(clients, topics, id, answers, metrics, parts, settings.replyRetention());
    this.house = new HouseRecords(core, topics, id, slots, clock);
    this.membership =
        new Membership(clients, topics, id, settings.sessionTimeout(), clock, house::committed);
    this.ownership =
        new Ownership(
            clients, topics, id, core, data, membership, settings.sessionTimeout(), clock);
  }

  /** Completes when it is a member of the group and decides for what it was given. */
  public CompletableFuture<Void> ready() {
    return ready;
  }

  /** Lets the loop end after its current turn. */
  public void stop() {
    stopping = true;
    data.wakeup();
  }

  @Override
  public void run() {
    try {
      house.catchUp(data);
      while (!stopping) {
        turn();
      }
    } catch (WakeupException e) {
      if (!stopping) {
        throw e;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      leave();
    }
  }

  private void turn() throws InterruptedException {
    Moment now = clock.now();
    membership.poll(now);
    Set<Integer> homes = membership.takeChange();
    if (homes != null) {
      ownership.change(homes);
      ready.complete(null);
    }
    beat(now);
    ownership.steer();
    ConsumerRecords<String, byte[]> records = read();
    now = clock.now();
    if (!core.homes().isEmpty() && !proveHolding(now)) {
      takeOfHouse(records, clock.now());
      return;
    }
    take(records, now);
    answers.drain(answer -> take(answer, clock.now()));
    tick(now);
    core.place(now);
    core.takeEffects().forEach(writer::carryOut);
    commit(now);
  }

  private ConsumerRecords<String, byte[]> read() {
    try {
      return data.poll(membership.isMoving() ? SHORT_POLL : untilTick());
    } catch (WakeupException e) {
      return ConsumerRecords.empty();
    }
  }

  /** Kafka counts milliseconds, and what is cut off would be spent turning in vain. */
  private Duration untilTick() {
    long nanos = ticks.untilNextNanos(clock.now().nanos());
    return Duration.ofMillis((nanos + MS_NANOS - 1) / MS_NANOS);
  }

  /**
   * After a pause nothing is decided before the group has accepted a commit. While it does not, the
   * batch that was read is kept: the homes are either ours still, or end.
   *
   * @return false when the homes changed meanwhile, and what was read of them is read again
   */
  private boolean proveHolding(Moment now) throws InterruptedException {
    Moment moment = now;
    while (!stopping && !membership.holds(moment)) {
      LOG.info("{} was held up; it proves its membership before it decides", id);
      membership.commitNow(ownership.committable());
      Set<Integer> homes = membership.takeChange();
      if (homes != null) {
        // What was polled belongs to homes that may be gone: those that stay are opened anew.
        core.homes().forEach(ownership::close);
        ownership.change(homes);
        return false;
      }
      moment = clock.now();
    }
    return !stopping;
  }

  /** Beats and control are nobody's home and are not read again. */
  private void takeOfHouse(ConsumerRecords<String, byte[]> records, Moment now) {
    records.records(topics.heartbeats()).forEach(record -> house.beat(record, 0, now));
    records.records(topics.control()).forEach(record -> house.control(record, now));
  }

  private void take(ConsumerRecords<String, byte[]> records, Moment now) {
    for (TopicPartition partition : records.partitions()) {
      List<ConsumerRecord<String, byte[]>> read = records.records(partition);
      String topic = partition.topic();
      if (topic.equals(topics.jobs())) {
        read.forEach(record -> job(Lane.JOBS, record, now));
      } else if (topic.equals(topics.batchJobs())) {
        read.forEach(record -> job(Lane.BATCH, record, now));
      } else if (topic.equals(topics.events())) {
        read.forEach(record -> event(record, now));
      } else if (topic.equals(topics.heartbeats())) {
        read.forEach(record -> house.beat(record, 0, now));
      } else {
        read.forEach(record -> house.control(record, now));
      }
    }
  }

  private void job(Lane lane, ConsumerRecord<String, byte[]> record, Moment now) {
    core.job(record.partition(), BodyReader.job(lane, record), now);
  }

  private void event(ConsumerRecord<String, byte[]> record, Moment now) {
    try {
      Fence fence = MessageCodec.fence(record.headers());
      if (fence == null || record.key() == null) {
        throw new MalformedRecordException("it has no key or no fence");
      }
      EventRecord event = MessageCodec.decode(EventRecord.class, record.value());
      core.event(record.partition(), record.offset(), record.key(), fence, event, now);
    } catch (MalformedRecordException e) {
      LOG.warn(
          "Ignoring an unreadable event of home {} at offset {} (job {}): {}",
          record.partition(),
          record.offset(),
          record.key(),
          e.getMessage());
      core.unreadableEvent(record.partition(), record.offset());
    }
  }

  private void take(Answers.Answer answer, Moment now) {
    switch (answer) {
      case Answers.Answer.Written written -> {
        core.acknowledged(written.effect(), written.offset(), now);
        if (written.effect() instanceof dev.relevo.dispatcher.core.Effect.WriteState) {
          ownership.stateWritten(written.effect().home(), written.offset());
        }
      }
      case Answers.Answer.Unheard unheard -> core.unheard(unheard.effect(), now);
      case Answers.Answer.Read read -> core.readBack(read.effect(), read.terminal(), now);
      case Answers.Answer.Body body -> core.bodyRead(body.effect(), body.record(), now);
      case Answers.Answer.TooLarge large -> core.tooLarge(large.effect(), now);
      case Answers.Answer.Listed listed ->
          writer.reaper().carryOut(core.reap(listed.topics(), ownership::lanesRead, now));
      case Answers.Answer.Seen seen -> writer.reaper().delete(core.reapSeen(seen.topics(), now));
      case Answers.Answer.Broken broken ->
          throw new IllegalStateException(
              "home " + broken.effect().home() + " cannot be written", broken.cause());
    }
  }

  private void tick(Moment now) throws InterruptedException {
    if (ticks.isDue(now.nanos())) {
      long lateNanos = settings.heartbeatInterval().toNanos() * LATE_INTERVALS;
      boolean late = house.ownBeatAgeNanos(now) > lateNanos;
      core.tick(ownership::eventsCaughtUp, late, now);
      ticks.made(now.nanos(), core.untilLossNanos(now));
      metrics.show(core.gauges());
      writer.reaper().tick(now);
    }
    if (now.nanos() - lookNanos >= LOOK_NANOS) {
      lookNanos = now.nanos();
      ownership.lookForOthers();
      ownership.reclaim();
    }
  }

  private void beat(Moment now) {
    if (now.nanos() - beatNanos >= settings.heartbeatInterval().toNanos()) {
      // A beat that fails shows by not being read back.
      beatNanos = now.nanos() + heart.run(this::sendBeat);
    }
  }

  private void sendBeat() {
    byte[] value = MessageCodec.encode(new BeatRecord.DispatcherBeat(id, beat++));
    var _ =
        beats.send(new ProducerRecord<>(topics.heartbeats(), 0, id, value), (sent, failure) -> {});
  }

  private void commit(Moment now) {
    if (now.nanos() - commitNanos >= settings.commitInterval().toNanos()
        && !core.homes().isEmpty()) {
      commitNanos = now.nanos();
      membership.commit(ownership.committable(), now);
    }
  }

  /** What was decided goes out, what is settled is committed, and the group is left. */
  private void leave() {
    try {
      writer.flush();
      answers.drain(answer -> {
        if (answer instanceof Answers.Answer.Written written) {
          core.acknowledged(written.effect(), written.offset(), clock.now());
        }
      });
      if (!core.homes().isEmpty()) {
        membership.commitNow(ownership.committable());
      }
    } catch (RuntimeException e) {
      LOG.debug("Leaving without a last commit", e);
    } finally {
      membership.close();
      writer.close();
      beats.close(Duration.ofSeconds(1));
      // Without a goodbye: it would wait for the fetch under way.
      data.close(CloseOptions.timeout(Duration.ZERO));
      ownership.close();
    }
  }
}
