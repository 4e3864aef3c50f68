package dev.relevo.dispatcher.core;

import dev.relevo.common.config.DispatcherSettings;
import dev.relevo.common.config.Settings;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.StateRecord;
import dev.relevo.common.protocol.TopicNames;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * The core with time in the test's hands, and Kafka as a list: effects are kept and, unless a test
 * says otherwise, acknowledged at once; a settled event comes back as Kafka would bring it.
 */
final class House {
  static final int HOME = 3;
  static final long EPOCH = 100;
  static final ReplyPlace PLACE = new ReplyPlace("relevo.replies.a", 0, 0);

  final List<Effect> effects = new ArrayList<>();
  final DispatcherCore core;

  private final Map<String, NodeBeat> beats = new TreeMap<>();
  private final Map<Lane, Long> nextOffsets = new HashMap<>();
  private final Map<Lane, Map<Long, JobRecord>> lanes = new HashMap<>();
  private long eventOffset;
  private long epoch = EPOCH;
  private long laneNext = Long.MAX_VALUE;
  private long beatOffset;
  private long slotOffset = 50;
  private long nowMs = 1_000_000;
  private boolean acknowledging = true;
  private boolean ownBeatsLate;

  House() {
    this(Settings.defaults().dispatcher(), 0);
  }

  /**
   * @param laneEnd where the lanes ended when the home was opened
   */
  House(DispatcherSettings settings, long laneEnd) {
    core = core(settings);
    open(laneEnd);
    core.restored(HOME, now());
    settle();
  }

  private House(DispatcherCore core) {
    this.core = core;
  }

  /** A house whose state is restored from records that somebody left. */
  static House restored(long laneEnd, StateRecord.Job... jobs) {
    return restored(laneEnd, 0, jobs);
  }

  /**
   * @param committed what of the lanes is committed
   */
  static House restored(long laneEnd, long committed, StateRecord.Job... jobs) {
    House house = new House(core(Settings.defaults().dispatcher()));
    house.open(laneEnd, committed);
    house.core.restore(HOME, EPOCH, -1, StateRecord.OPENED_KEY, new StateRecord.Opened("d"));
    return house.restoreThese(jobs);
  }

  /** A house that goes on where this one was, from what state and the lanes hold. */
  House restarted(DispatcherSettings settings, List<StateRecord.Job> jobs) {
    House house = new House(core(settings));
    house.nowMs = nowMs;
    house.epoch = epoch + 1;
    house.slotOffset = slotOffset;
    house.lanes.putAll(lanes);
    house.nextOffsets.putAll(nextOffsets);
    long end = nextOffsets.getOrDefault(Lane.JOBS, 0L);
    house.open(end, core.committable(HOME, Lane.JOBS));
    house.restoreThese(jobs.toArray(StateRecord.Job[]::new));
    house.laneNext = core.committable(HOME, Lane.JOBS);
    house.readOn();
    return house;
  }

  /** Reads on in the lane what stands there since before, as the window has room. */
  void readOn() {
    Map<Long, JobRecord> lane = lanes.getOrDefault(Lane.JOBS, Map.of());
    while (laneNext < nextOffsets.getOrDefault(Lane.JOBS, 0L) && !core.isWindowFull()) {
      JobRecord record = lane.get(laneNext++);
      if (record != null) {
        core.job(HOME, record, now());
        settle();
      }
    }
  }

  /** A house whose home somebody else had opened before, and left nothing in it. */
  static House restoredAfterAnother() {
    House house = new House(core(Settings.defaults().dispatcher()));
    house.open(0);
    house.core.restore(HOME, EPOCH - 1, -1, StateRecord.OPENED_KEY, new StateRecord.Opened("e"));
    house.core.restore(HOME, EPOCH, -1, StateRecord.OPENED_KEY, new StateRecord.Opened("d"));
    return house.restoreThese();
  }

  private House restoreThese(StateRecord.Job... jobs) {
    for (int i = 0; i < jobs.length; i++) {
      core.restore(HOME, i, -1, "job-" + jobs[i].offset(), jobs[i]);
    }
    core.restored(HOME, now());
    settle();
    return this;
  }

  static DispatcherCore core(DispatcherSettings settings) {
    return new DispatcherCore(
        "d",
        settings,
        new TopicNames("relevo"),
        new Strategies(settings.strategy(), new Random(1)),
        new Random(1));
  }

  private void open(long laneEnd) {
    open(laneEnd, 0);
  }

  private void open(long laneEnd, long committed) {
    core.open(
        HOME,
        epoch,
        Map.of(Lane.JOBS, laneEnd, Lane.BATCH, laneEnd),
        Map.of(Lane.JOBS, committed, Lane.BATCH, committed),
        0);
  }

  Moment now() {
    return new Moment(nowMs, nowMs * 1_000_000);
  }

  /** Effects are kept and not acknowledged until {@link #acknowledge}. */
  House holdingBack() {
    acknowledging = false;
    return this;
  }

  void ownBeatsLate(boolean late) {
    ownBeatsLate = late;
  }

  // -- inputs

  void control(ControlRecord record) {
    control(record, nowMs);
  }

  /**
   * @param appendedAtMs when Kafka took it
   */
  void control(ControlRecord record, long appendedAtMs) {
    core.control(record, appendedAtMs, now());
  }

  String job(JobHeaders headers) {
    return job(Lane.JOBS, headers, "{}");
  }

  String job(Lane lane, JobHeaders headers, String body) {
    long offset = nextOffsets.merge(lane, 1L, Long::sum) - 1;
    String id = "job-" + offset;
    record(lane, offset, id, headers, body);
    return id;
  }

  void record(
      Lane lane, long offset, @Nullable String key, JobHeaders headers, @Nullable String body) {
    Headers written = new RecordHeaders();
    headers.writeTo(written);
    raw(lane, offset, key, written, body);
  }

  void raw(Lane lane, long offset, @Nullable String key, Headers headers, @Nullable String body) {
    JobRecord record = keep(lane, offset, key, headers, body);
    if (laneNext == Long.MAX_VALUE) {
      core.job(HOME, record, now());
      settle();
    } else {
      readOn();
    }
  }

  private JobRecord keep(
      Lane lane, long offset, @Nullable String key, Headers headers, @Nullable String body) {
    nextOffsets.merge(lane, offset + 1, Math::max);
    byte[] value = body == null ? null : body.getBytes(StandardCharsets.UTF_8);
    JobRecord record = new JobRecord(lane, offset, nowMs, key, headers, value);
    lanes.computeIfAbsent(lane, any -> new HashMap<>()).put(offset, record);
    return record;
  }

  /** A record that stands in the lane from before, behind what is read now. */
  void stands(long offset, String key, JobHeaders headers, String body) {
    Headers written = new RecordHeaders();
    headers.writeTo(written);
    keep(Lane.JOBS, offset, key, written, body);
  }

  /** Retention takes a record out of its lane. */
  void delete(Lane lane, long offset) {
    lanes.getOrDefault(lane, new HashMap<>()).remove(offset);
  }

  void node(String id, String... models) {
    node(id, "1", NodeBeat.State.READY, 4, models);
  }

  void node(String id, String incarnation, NodeBeat.State state, int capacity, String... models) {
    NodeBeat.Backend backend =
        new NodeBeat.Backend(
            "b", "echo", List.of(models), 10, 1, NodeBeat.Health.AVAILABLE, "CLOSED", null, null);
    beat(
        new NodeBeat(
            id,
            id + "-" + incarnation,
            1,
            slotOffset,
            state,
            capacity,
            1_000,
            Map.of(),
            List.of(backend)));
  }

  void beat(NodeBeat beat) {
    beats.put(beat.node(), beat);
    core.beat(beat, beatOffset++, 0, now());
    settle();
  }

  /** The node beats again: it has read its slot to the end, and runs these. */
  void beatsAgain(String id, Fence... running) {
    beatsFrom(id, slotOffset + 1, running);
  }

  void beatsFrom(String id, long position, Fence... running) {
    NodeBeat last = beats.get(id);
    Map<String, NodeBeat.Phase> attempts = new HashMap<>();
    for (Fence fence : running) {
      attempts.put(fence.toString(), NodeBeat.Phase.RUNNING);
    }
    beat(
        new NodeBeat(
            id,
            last.incarnation(),
            last.slot(),
            position,
            last.state(),
            last.capacity(),
            last.intervalMs(),
            attempts,
            last.backends()));
  }

  long slotEnd() {
    return slotOffset;
  }

  void accepted(String job, Effect.Assign assign) {
    accepted(job, assign.assignment().fence(), assign.assignment().node(), null);
  }

  void accepted(String job, Fence fence, String node, @Nullable Long startedOffset) {
    event(job, fence, new EventRecord.Accepted(node, node + "-1", startedOffset));
  }

  void rejected(String job, Effect.Assign assign, EventRecord.Rejected.Reason reason) {
    String node = assign.assignment().node();
    event(
        job,
        assign.assignment().fence(),
        new EventRecord.Rejected(node, node + "-1", reason, "no"));
  }

  void succeeded(String job, Fence fence, String node) {
    event(job, fence, finished(node, AttemptOutcome.SUCCEEDED, null));
  }

  void failed(String job, Effect.Assign assign, boolean retryable) {
    event(
        job,
        assign.assignment().fence(),
        finished(
            assign.assignment().node(),
            AttemptOutcome.FAILED,
            new AttemptFailure("backend_error", "503 from ollama", retryable, null)));
  }

  static EventRecord.Finished finished(
      String node, AttemptOutcome outcome, @Nullable AttemptFailure failure) {
    return new EventRecord.Finished(node, node + "-1", outcome, failure, "b", "m", 3L, null, 1, 2);
  }

  void event(String job, Fence fence, EventRecord event) {
    core.event(HOME, eventOffset++, job, fence, event, now());
    settle();
  }

  /** Time passes; those nodes that are named go on beating, and list nothing new. */
  void pass(long ms, String... beating) {
    long end = nowMs + ms;
    while (nowMs < end) {
      nowMs = Math.min(end, nowMs + 500);
      for (String id : beating) {
        NodeBeat last = beats.get(id);
        core.beat(last, beatOffset++, 0, now());
      }
      core.tick(home -> true, ownBeatsLate, now());
      settle();
    }
  }

  // -- outputs

  /** Places, and answers effects until nothing more comes. */
  void settle() {
    core.place(now());
    for (List<Effect> next = core.takeEffects(); !next.isEmpty(); next = core.takeEffects()) {
      effects.addAll(next);
      if (acknowledging) {
        next.forEach(this::acknowledge);
      }
      core.place(now());
    }
  }

  void acknowledge(Effect effect) {
    if (effect instanceof Effect.ReadBody read) {
      Map<Long, JobRecord> lane = lanes.getOrDefault(read.lane(), Map.of());
      core.bodyRead(read, lane.get(read.offset()), now());
    } else {
      long offset = effect instanceof Effect.Assign ? ++slotOffset : 7;
      core.acknowledged(effect, offset, now());
    }
    if (effect instanceof Effect.Settle settle) {
      core.event(HOME, eventOffset++, settle.job(), settle.fence(), settle.record(), now());
    }
    if (!acknowledging) {
      settle();
    }
  }

  void readBack(@Nullable ReplyRecord terminal) {
    core.readBack(last(Effect.ReadBack.class), terminal, now());
    settle();
  }

  <E extends Effect> List<E> all(Class<E> kind) {
    return effects.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  <E extends Effect> E last(Class<E> kind) {
    return all(kind).getLast();
  }

  Effect.Assign lastAssign() {
    return last(Effect.Assign.class);
  }

  StateRecord.@Nullable Job state(String job) {
    return all(Effect.WriteState.class).stream()
        .filter(write -> write.job().equals(job))
        .reduce((first, second) -> second)
        .map(Effect.WriteState::record)
        .orElse(null);
  }

  JobStatus status(String job) {
    StateRecord.Job state = state(job);
    return state == null ? null : state.status();
  }

  static JobHeaders asking(String model) {
    return JobHeaders.DEFAULTS.withModel(model).withReplyPlace(PLACE);
  }

  /** Of a tenant, with a priority. */
  static JobHeaders ofTenant(String tenant, int priority, String... models) {
    return new JobHeaders(
        PLACE,
        models[0],
        List.of(models).subList(1, models.length),
        null,
        null,
        null,
        tenant,
        priority,
        null,
        Failover.SEAMLESS,
        null,
        null,
        null);
  }

  /** The jobs that were given to nodes, in order. */
  List<String> given() {
    return all(Effect.Assign.class).stream().map(assign -> assign.assignment().job()).toList();
  }

  /** What was given last ends well. */
  void finishLast() {
    Effect.Assign last = lastAssign();
    succeeded(last.assignment().job(), last.assignment().fence(), last.assignment().node());
  }
}
