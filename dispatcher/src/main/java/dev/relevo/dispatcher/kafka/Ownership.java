package dev.relevo.dispatcher.kafka;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.Position;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.StateRecord;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.dispatcher.core.DispatcherCore;
import dev.relevo.dispatcher.core.StateGuard;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes homes over and gives them up (protocol section 4, Taking over): {@code opened}, the lanes'
 * ends, state, then events and the lanes from their committed offsets. Events come first: the lanes
 * of a home are read when its events are read to the end they had.
 */
final class Ownership implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Ownership.class);

  private final TopicNames topics;
  private final String id;
  private final DispatcherCore core;
  private final Consumer<String, byte[]> data;
  private final Membership membership;
  private final Producer<String, byte[]> opener;
  private final StateReader state;
  private final StateGuard guard = new StateGuard();
  private final long sessionNanos;
  private final Clock clock;

  /** Homes that an earlier owner may still decide for, with the moment at which it has stopped. */
  private final Map<Integer, Long> shared = new HashMap<>();

  /** Homes whose events are read to where they ended at take-over, with that end. */
  private final Map<Integer, Long> catchingUp = new HashMap<>();

  Ownership(
      KafkaClients clients,
      TopicNames topics,
      String id,
      DispatcherCore core,
      Consumer<String, byte[]> data,
      Membership membership,
      Duration sessionTimeout,
      Clock clock) {
    this.topics = topics;
    this.id = id;
    this.core = core;
    this.data = data;
    this.membership = membership;
    this.sessionNanos = sessionTimeout.toNanos();
    this.clock = clock;
    this.opener = clients.producer(ProducerProfile.ASSIGNMENTS, id + "-opener");
    this.state = new StateReader(clients, topics, id);
  }

  /**
   * Gives up what is not ours any more and opens what is new. What comes back before anybody else
   * opened it is kept.
   */
  void change(Set<Integer> given) throws InterruptedException {
    for (int home : core.homes()) {
      if (!given.contains(home)) {
        close(home);
      }
    }
    lookForOthers();
    Set<Integer> fresh = new HashSet<>(given);
    fresh.removeAll(core.homes());
    if (!fresh.isEmpty()) {
      open(fresh);
    }
    LOG.info("{} owns homes {}", id, core.homes());
  }

  private void open(Set<Integer> homes) throws InterruptedException {
    Map<Integer, Long> epochs = writeOpened(homes);
    long aloneFromNanos = clock.now().nanos() + sessionNanos;
    Map<TopicPartition, Long> committed = committed(homes);
    Map<TopicPartition, Long> ends = state.ends(committed.keySet());
    for (int home : homes) {
      Map<Lane, Long> laneEnds = new EnumMap<>(Lane.class);
      Map<Lane, Long> laneStarts = new EnumMap<>(Lane.class);
      for (Lane lane : Lane.values()) {
        TopicPartition partition = new TopicPartition(topics.lane(lane), home);
        laneEnds.put(lane, ends.getOrDefault(partition, 0L));
        laneStarts.put(lane, committed.getOrDefault(partition, 0L));
      }
      TopicPartition events = new TopicPartition(topics.events(), home);
      core.open(
          home,
          epochs.getOrDefault(home, 0L),
          laneEnds,
          laneStarts,
          committed.getOrDefault(events, 0L));
      guard.open(home, epochs.getOrDefault(home, 0L) + 1);
      catchingUp.put(home, ends.getOrDefault(events, 0L));
      shared.put(home, aloneFromNanos);
    }
    state.readAll(homes, core::restore);
    homes.forEach(home -> core.restored(home, clock.now()));
    read(committed);
  }

  private Map<Integer, Long> writeOpened(Set<Integer> homes) throws InterruptedException {
    byte[] opened = MessageCodec.encode(new StateRecord.Opened(id));
    Map<Integer, Future<RecordMetadata>> sent = new HashMap<>();
    for (int home : homes) {
      sent.put(
          home,
          opener.send(new ProducerRecord<>(topics.state(), home, StateRecord.OPENED_KEY, opened)));
    }
    Map<Integer, Long> epochs = new HashMap<>();
    for (Map.Entry<Integer, Future<RecordMetadata>> home : sent.entrySet()) {
      try {
        epochs.put(home.getKey(), home.getValue().get().offset());
      } catch (ExecutionException e) {
        throw new IllegalStateException("opening home " + home.getKey(), e.getCause());
      }
    }
    return epochs;
  }

  /** Where to read from: the committed offset, else the first record there is. */
  private Map<TopicPartition, Long> committed(Set<Integer> homes) {
    Set<TopicPartition> partitions = new HashSet<>();
    for (int home : homes) {
      partitions.addAll(partitions(home));
    }
    Map<TopicPartition, Long> from = new HashMap<>(state.starts(partitions));
    for (Map.Entry<TopicPartition, OffsetAndMetadata> entry :
        membership.committed(partitions).entrySet()) {
      if (entry.getValue() != null) {
        // Retention may have passed what was committed.
        from.merge(entry.getKey(), entry.getValue().offset(), Math::max);
      }
    }
    return from;
  }

  private void read(Map<TopicPartition, Long> from) {
    Set<TopicPartition> all = new HashSet<>(data.assignment());
    all.addAll(from.keySet());
    data.assign(all);
    from.forEach(data::seek);
  }

  void close(int home) {
    LOG.info("{} gives up home {}", id, home);
    core.close(home);
    guard.close(home);
    catchingUp.remove(home);
    shared.remove(home);
    Set<TopicPartition> rest = new HashSet<>(data.assignment());
    partitions(home).forEach(rest::remove);
    data.assign(rest);
  }

  /** Reads the lanes of homes whose events are read, unless the window is full. */
  void steer() {
    catchingUp.entrySet().removeIf(home -> hasReadEvents(home.getKey(), home.getValue()));
    trust();
    List<TopicPartition> pause = new ArrayList<>();
    List<TopicPartition> resume = new ArrayList<>();
    Set<TopicPartition> paused = data.paused();
    for (int home : core.homes()) {
      for (Lane lane : Lane.values()) {
        boolean wait = core.isWindowFull(lane) || catchingUp.containsKey(home);
        TopicPartition partition = new TopicPartition(topics.lane(lane), home);
        if (wait != paused.contains(partition)) {
          (wait ? pause : resume).add(partition);
        }
      }
    }
    data.pause(pause);
    data.resume(resume);
  }

  private boolean hasReadEvents(int home, long end) {
    OptionalLong position = Position.now(data, new TopicPartition(topics.events(), home));
    return position.isPresent() && position.getAsLong() >= end;
  }

  /** Where the time of an earlier owner is over, notes the lanes' ends: what comes then is ours. */
  private void trust() {
    if (shared.isEmpty()) {
      return;
    }
    long nowNanos = clock.now().nanos();
    Set<Integer> homes = new HashSet<>();
    Set<TopicPartition> partitions = new HashSet<>();
    for (Map.Entry<Integer, Long> home : shared.entrySet()) {
      if (nowNanos - home.getValue() >= 0) {
        homes.add(home.getKey());
        for (Lane lane : Lane.values()) {
          partitions.add(new TopicPartition(topics.lane(lane), home.getKey()));
        }
      }
    }
    if (homes.isEmpty()) {
      return;
    }
    Map<TopicPartition, Long> ends = state.ends(partitions);
    for (int home : homes) {
      shared.remove(home);
      Map<Lane, Long> laneEnds = new EnumMap<>(Lane.class);
      for (Lane lane : Lane.values()) {
        laneEnds.put(lane, ends.getOrDefault(new TopicPartition(topics.lane(lane), home), 0L));
      }
      core.alone(home, laneEnds);
    }
  }

  /** Whether a home's events are read to their end. */
  boolean eventsCaughtUp(int home) {
    return !catchingUp.containsKey(home)
        && data.currentLag(new TopicPartition(topics.events(), home)).orElse(1) == 0;
  }

  /** Whether a home's lanes are read to their end. */
  boolean lanesRead(int home) {
    if (catchingUp.containsKey(home)) {
      return false;
    }
    Set<TopicPartition> paused = data.paused();
    for (Lane lane : Lane.values()) {
      TopicPartition partition = new TopicPartition(topics.lane(lane), home);
      if (paused.contains(partition) || data.currentLag(partition).orElse(1) > 0) {
        return false;
      }
    }
    return true;
  }

  /** Our own record stands in state. */
  void stateWritten(int home, long offset) {
    StateGuard.Gap gap = guard.written(home, offset);
    if (gap != null) {
      inspect(gap);
    }
  }

  /**
   * Opens again what somebody else opened though the group names us: an owner that was late with
   * its {@code opened}. Who is right is proven by a commit that the group accepts; the other one's
   * is refused, and it ends when it reads ours.
   */
  void reclaim() throws InterruptedException {
    Set<Integer> missing = new HashSet<>(membership.homes());
    missing.removeAll(core.homes());
    if (missing.isEmpty() || membership.isMoving()) {
      return;
    }
    Map<TopicPartition, OffsetAndMetadata> offsets = committable();
    // What stands there is committed again: it says nothing new, but only a member may say it.
    committed(missing)
        .forEach((partition, offset) -> offsets.put(partition, new OffsetAndMetadata(offset)));
    if (membership.commitNow(offsets) && membership.homes().containsAll(missing)) {
      LOG.info("{} opens homes {} again, for which the group names it", id, missing);
      open(missing);
    }
  }

  /** Looks for what others wrote while we wrote nothing. */
  void lookForOthers() {
    if (core.homes().isEmpty()) {
      return;
    }
    state
        .stateEnds(core.homes())
        .forEach((home, end) -> {
          StateGuard.Gap gap = core.hasStateUnderWay(home) ? null : guard.ends(home, end);
          if (gap != null) {
            inspect(gap);
          }
        });
  }

  private void inspect(StateGuard.Gap gap) {
    state.read(
        gap,
        (home, offset, epoch, key, record) -> {
          if (core.foreignState(home, offset, epoch, key, record, clock.now())) {
            LOG.warn("Another dispatcher opened home {}: its shard here ends", home);
            close(home);
          }
        });
  }

  /** What may be committed of everything that is owned. */
  Map<TopicPartition, OffsetAndMetadata> committable() {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (int home : core.homes()) {
      for (Lane lane : Lane.values()) {
        offsets.put(
            new TopicPartition(topics.lane(lane), home),
            new OffsetAndMetadata(core.committable(home, lane)));
      }
      offsets.put(
          new TopicPartition(topics.events(), home),
          new OffsetAndMetadata(core.eventsCommittable(home)));
    }
    return offsets;
  }

  private List<TopicPartition> partitions(int home) {
    return List.of(
        new TopicPartition(topics.jobs(), home),
        new TopicPartition(topics.batchJobs(), home),
        new TopicPartition(topics.events(), home));
  }

  @Override
  public void close() {
    opener.close();
    state.close();
  }
}
