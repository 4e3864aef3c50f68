package dev.relevo.simulation;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.backend.WorkerInfo;
import dev.relevo.node.core.AttemptTable;
import dev.relevo.node.core.BackendBoard;
import dev.relevo.node.core.BackendPolicy;
import dev.relevo.node.core.BackendStrategy;
import dev.relevo.node.core.ControlLog;
import dev.relevo.node.core.Offer;
import dev.relevo.node.core.StopCause;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A node: the real table, board, enrolment, orders, life and attempts' courses; its loop, beats and
 * the sending of events mirror {@code NodeLoop}, {@code Arrival}, {@code Heart} and {@code
 * EventSender}.
 */
final class SimNode extends SimProcess {
  static final long INTERVAL_MS = 1_000;
  private static final long LEAST_GAP_NANOS = 50 * World.MS;
  private static final long HAND_OVER_NANOS = 5_000 * World.MS;
  private static final int BATCH = 20;

  final House house;
  final String incarnation;
  final AttemptTable table;
  final BackendBoard board;
  final SimProducer replies;
  private final NodeShape shape;
  private final SimProducer beats;
  private final SimConsumer consumer;
  private final SimLife life;
  private final SimAwakening awakening;
  private final Map<Fence, SimAttempt> attempts = new LinkedHashMap<>();
  private final Map<String, WorkerInfo> backends = new LinkedHashMap<>();
  private final Deque<Runnable> unsent = new ArrayDeque<>();
  private ControlLog control;
  private Place slot = new Place(House.ASSIGNMENTS, 0);
  private boolean arrived;
  private boolean drainWanted;
  private boolean wanted;
  private long lastBeatNanos;

  SimNode(House house, NodeShape shape, int start, Dice dice) {
    super(house.world, house.log, shape.name(), dice);
    this.house = house;
    this.shape = shape;
    this.incarnation = shape.name() + "/" + start;
    boolean flawed = house.world.flaw == Flaw.CAPACITY_IGNORED;
    this.table = new AttemptTable(flawed ? 1_000 : shape.capacity());
    this.board = new BackendBoard(BackendStrategy.LOCAL_FIRST, dice.random());
    for (NodeShape.BackendShape backend : shape.backends()) {
      WorkerInfo info =
          new WorkerInfo(
              backend.name(),
              "simulated",
              backend.models(),
              new WorkerInfo.Capabilities(backend.continues()),
              1);
      board.add(info, backend.priority(), BackendPolicy.DEFAULT);
      board.checked(info, WorkerHealth.AVAILABLE, house.world.nanos());
      backends.put(backend.name(), info);
    }
    this.replies = producer(start + "replies", 30_000);
    this.beats = producer(start + "beats", 6_000);
    this.consumer = new SimConsumer(this, house.log);
    this.awakening = new SimAwakening(this, consumer);
    this.life = new SimLife(name, shape.drainMs() * World.MS, HAND_OVER_NANOS);
    this.control = new ControlLog(name, 0);
    after(dice.between(5, 100) * World.MS, new SimArrival(this, beats)::arrive);
  }

  NodeShape shape() {
    return shape;
  }

  SimProducer beatsProducer() {
    return beats;
  }

  /** It has its name and this slot: what was ordered before is read, and the loop turns. */
  void begin(Place slot, long slotEnd, long controlEnd) {
    this.slot = slot;
    control = new ControlLog(name, controlEnd);
    SimLog.Partition orders = log.get(House.CONTROL);
    for (SimRecord record : orders.records()) {
      if (record.offset() < controlEnd) {
        read(record);
      }
    }
    consumer.assign(slot, slotEnd);
    consumer.assign(House.CONTROL, controlEnd);
    arrived = true;
    wakeAt(world.nanos());
  }

  void fail(String why) {
    tell("stops:", why);
    leave();
  }

  private void leave() {
    consumer.close();
    exit();
    house.stopped(this);
  }

  /** Asks it to leave. */
  void drain() {
    run(() -> {
      drainWanted = true;
      if (arrived) {
        wakeAt(world.nanos());
      } else {
        fail("told to stop before it had arrived");
      }
    });
  }

  @Override
  void turn() {
    if (!arrived) {
      return;
    }
    long nanos = world.nanos();
    if (!awakening.turn(attempts.values())) {
      fail("its name is another's by now");
      return;
    }
    for (SimLife.Act act : life.advance(true, drainWanted, table.isEmpty(), nanos)) {
      switch (act) {
        case BEGIN -> sendBeat();
        case DRAIN -> {
          tell("drains");
          table.drain();
          sendBeat();
        }
        case HAND_OVER -> {
          tell("hands over");
          List.copyOf(attempts.values())
              .forEach(attempt -> attempt.stop(new StopCause.HandedOver()));
        }
        case LEAVE -> {
          sendBeat();
          tell("leaves");
          leave();
          return;
        }
      }
    }
    if (dueInNanos() <= 0) {
      resend();
      sendBeat();
    }
    stopExpired();
    boolean more = consumer.poll(slot, BATCH, (place, record) -> assigned(record)) == BATCH;
    more |= consumer.poll(House.CONTROL, BATCH, (place, record) -> ordered(record)) == BATCH;
    long deadline = table.earliestDeadlineMs() - epochMs();
    long untilDeadline = deadline > 1_000_000 ? Long.MAX_VALUE / 4 : Math.max(1, deadline);
    long wait = Math.min(dueInNanos(), Math.min(life.patienceNanos(nanos), nanosOf(untilDeadline)));
    wakeAt(nanos + (more || drainWanted ? 1 : 0) * World.MS + (more ? 0 : Math.max(0, wait)));
  }

  private static long nanosOf(long ms) {
    return ms > 1_000_000 ? Long.MAX_VALUE / 4 : ms * World.MS;
  }

  private long dueInNanos() {
    long gap = wanted ? LEAST_GAP_NANOS : INTERVAL_MS * World.MS;
    return lastBeatNanos + gap - world.nanos();
  }

  /** Asks for a beat before the interval is over. */
  void wantBeat() {
    wanted = true;
    wakeAt(Math.max(world.nanos(), world.nanos() + dueInNanos()));
  }

  private void sendBeat() {
    wanted = false;
    lastBeatNanos = world.nanos();
    NodeBeat beat = beat(life.state(), consumer.position(slot));
    beats.send(House.HEARTBEATS, SimRecord.of(name, null, beat), awakening.sent());
  }

  private NodeBeat beat(NodeBeat.State state, long position) {
    return beat(state, slot, position);
  }

  NodeBeat beat(NodeBeat.State state, Place slot, long position) {
    return new NodeBeat(
        name,
        incarnation,
        slot.partition(),
        position,
        state,
        shape.capacity(),
        INTERVAL_MS,
        table.phases(),
        board.view(world.nanos()));
  }

  private void stopExpired() {
    if (table.earliestDeadlineMs() <= epochMs() && world.flaw != Flaw.CALLS_NOT_STOPPED) {
      for (Fence fence : table.expired(epochMs())) {
        stop(fence, new StopCause.Expired());
      }
    }
  }

  private void stop(Fence fence, StopCause cause) {
    SimAttempt attempt = attempts.get(fence);
    if (attempt != null) {
      attempt.stop(cause);
    }
  }

  /** What a record of control asks of this node; null for nothing, or when nobody can read it. */
  private ControlLog.@Nullable Order read(SimRecord record) {
    if (!(record.value() instanceof ControlRecord order)) {
      return null;
    }
    if (order instanceof ControlRecord.Cancel cancel) {
      house.audit.nodes.cancelled(this, cancel.job(), record.stampMs());
    }
    return control.read(record.offset(), SimInputs.orderedMs(world, record), order);
  }

  private void ordered(SimRecord record) {
    switch (read(record)) {
      case ControlLog.Order.Cancel cancel -> {
        if (world.flaw == Flaw.CALLS_NOT_STOPPED) {
          return;
        }
        for (Fence fence : table.runningOf(cancel.job())) {
          SimAttempt attempt = attempts.get(fence);
          if (attempt != null && cancel.means(attempt.assignment())) {
            attempt.stop(new StopCause.Cancelled(cancel.reason()));
          }
        }
      }
      case ControlLog.Order.Drain _ -> drainWanted = true;
      case ControlLog.Order.Backend _ -> {}
      case null -> {}
    }
  }

  private void assigned(SimRecord record) {
    if (!(record.value() instanceof Assignment assignment)
        || !assignment.node().equals(name)
        || !assignment.incarnation().equals(incarnation)) {
      return;
    }
    switch (table.offer(assignment, board.support(assignment.model(), world.nanos()))) {
      case Offer.Run _ -> {
        tell("runs", assignment.fence(), "of", assignment.job(), assignment.first());
        stopOlder(assignment);
        SimAttempt attempt = new SimAttempt(this, assignment);
        attempts.put(assignment.fence(), attempt);
        house.audit.nodes.runs(this, assignment);
        String cancelled = control.cancelled(assignment);
        if (cancelled != null) {
          attempt.stop(new StopCause.Cancelled(cancelled));
        } else if (assignment.deadlineMs() <= epochMs()) {
          attempt.stop(new StopCause.Expired());
        }
        after(0, attempt::start);
      }
      case Offer.Reject reject -> {
        tell("rejects", assignment.fence(), reject.reason());
        send(
            assignment.job(),
            assignment.fence(),
            new EventRecord.Rejected(name, incarnation, reject.reason(), reject.message()),
            () -> {});
        wantBeat();
      }
      case Offer.Ignore ignore -> tell("ignores", assignment.fence(), ignore.why());
    }
  }

  /** The job has come back to this node, which was given up meanwhile and has not noticed. */
  private void stopOlder(Assignment assignment) {
    for (Fence fence : table.runningOf(assignment.job())) {
      if (fence.home() == assignment.fence().home() && assignment.fence().isHigherThan(fence)) {
        stop(fence, new StopCause.HandedOver());
      }
    }
  }

  /** Sends an event until Kafka has it. */
  void send(String job, Fence fence, EventRecord event, Runnable acknowledged) {
    beats.send(
        new Place(House.EVENTS, fence.home()),
        SimRecord.of(job, fence, event),
        (offset, missing) -> {
          if (offset >= 0) {
            acknowledged.run();
          } else {
            unsent.add(() -> send(job, fence, event, acknowledged));
          }
        });
  }

  private void resend() {
    List<Runnable> again = new ArrayList<>(unsent);
    unsent.clear();
    again.forEach(Runnable::run);
  }

  /** An attempt has ended: its place is free before the dispatcher hears of it. */
  void ended(SimAttempt attempt, EventRecord.Finished finished) {
    Fence fence = attempt.assignment().fence();
    attempts.remove(fence);
    table.finished(fence);
    house.audit.nodes.ended(this, attempt.assignment(), finished);
    send(
        attempt.assignment().job(),
        fence,
        finished,
        () -> {
          table.acknowledged(fence);
          if (life.state() == NodeBeat.State.DRAINING && table.isEmpty()) {
            wakeAt(world.nanos());
          }
        });
    wantBeat();
  }

  boolean continues(String backend) {
    WorkerInfo info = backends.get(backend);
    return info != null && info.capabilities().continuesPrefix();
  }

  /** A backend is away for a while, or is back. */
  void health(int backend, boolean available) {
    WorkerInfo info = List.copyOf(backends.values()).get(backend % backends.size());
    WorkerHealth health =
        available ? WorkerHealth.AVAILABLE : WorkerHealth.unavailable("switched off");
    if (isAlive() && board.checked(info, health, world.nanos())) {
      run(this::wantBeat);
    }
  }

  int running() {
    return table.running();
  }

  /** Whether it takes work now, as far as it knows. */
  boolean isReady() {
    return isWell() && arrived && life.state() == NodeBeat.State.READY && !drainWanted;
  }

  @Override
  void kill() {
    if (isAlive()) {
      super.kill();
      consumer.close();
    }
  }
}
