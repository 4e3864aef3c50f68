package dev.relevo.simulation;

import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.dispatcher.core.DispatcherCore;
import dev.relevo.dispatcher.core.JobRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Hands to a dispatcher's core what was read, as {@code DispatcherLoop} and its parts do. */
final class SimInputs {
  private final SimDispatcher dispatcher;
  private final DispatcherCore core;
  private final List<Read> batch = new ArrayList<>();
  private long ownBeatNanos;

  /** A record that was polled and not taken yet. */
  private record Read(Place place, SimRecord record) {}

  SimInputs(SimDispatcher dispatcher) {
    this.dispatcher = dispatcher;
    this.core = dispatcher.core;
    this.ownBeatNanos = dispatcher.world.nanos();
  }

  /** Reads control and the beats there are, and goes on from there. */
  void catchUp(SimLog.Partition control, SimLog.Partition beating, SimConsumer data) {
    data.assign(House.CONTROL, control.beginning());
    data.assign(House.HEARTBEATS, beating.beginning());
    control.records().forEach(this::control);
    List<SimRecord> old = List.copyOf(beating.records());
    for (SimRecord record : old) {
      beat(record, Math.max(0, old.getLast().stampMs() - record.stampMs()) * World.MS);
    }
    data.assign(House.CONTROL, control.end());
    data.assign(House.HEARTBEATS, beating.end());
  }

  void polled(Place place, SimRecord record) {
    batch.add(new Read(place, record));
  }

  /** What was polled belongs to homes that may be gone; what concerns the house still counts. */
  void giveBack() {
    batch.removeIf(read -> !isHouse(read.place));
    takeAll();
  }

  private static boolean isHouse(Place place) {
    return place.equals(House.CONTROL) || place.equals(House.HEARTBEATS);
  }

  void takeAll() {
    List<Read> read = List.copyOf(batch);
    batch.clear();
    read.forEach(this::take);
  }

  private void take(Read read) {
    SimRecord record = read.record;
    Place place = read.place;
    int home = place.partition();
    if (place.equals(House.HEARTBEATS)) {
      beat(record, 0);
    } else if (place.equals(House.CONTROL)) {
      control(record);
    } else if (place.equals(dispatcher.lane(Lane.JOBS, home))) {
      job(Lane.JOBS, place, record);
    } else if (place.equals(dispatcher.lane(Lane.BATCH, home))) {
      job(Lane.BATCH, place, record);
    } else if (record.value() instanceof EventRecord event) {
      Fence fence = Objects.requireNonNull(record.fence());
      core.event(home, record.offset(), record.key(), fence, event, dispatcher.now());
    } else {
      core.unreadableEvent(home, record.offset());
    }
  }

  private void job(Lane lane, Place place, SimRecord record) {
    dispatcher.house.audit.dispatches.reads(dispatcher, place, record);
    if (dispatcher.world.flaw == Flaw.TENANTS_UNREAD) {
      record.value(Submit.class).headers().remove(HeaderNames.TENANT);
    }
    core.job(place.partition(), record(lane, record), dispatcher.now());
  }

  /** A record of a lane as the core takes it. */
  static JobRecord record(Lane lane, SimRecord record) {
    Submit submit = record.value(Submit.class);
    return new JobRecord(
        lane, record.offset(), record.stampMs(), submit.key(), submit.headers(), submit.body());
  }

  private void control(SimRecord record) {
    if (record.value() instanceof ControlRecord order) {
      dispatcher.house.audit.dispatches.ordered(dispatcher, record, order);
      boolean lost =
          switch (order) {
            case ControlRecord.Cancel _ -> dispatcher.world.flaw == Flaw.CANCELS_UNHEARD;
            case ControlRecord.Pause _ -> dispatcher.world.flaw == Flaw.PAUSES_UNHEARD;
            case ControlRecord.Drain _, ControlRecord.Resume _, ControlRecord.BackendOrder _ ->
                false;
          };
      if (!lost) {
        core.control(order, orderedMs(dispatcher.world, record), dispatcher.now());
      }
    }
  }

  /** When the broker took an order. */
  static long orderedMs(World world, SimRecord record) {
    return world.flaw == Flaw.APPEND_TIMES_IGNORED ? Long.MAX_VALUE : record.stampMs();
  }

  private void beat(SimRecord record, long ageNanos) {
    if (record.value() instanceof NodeBeat beat) {
      core.beat(beat, record.offset(), ageNanos, dispatcher.now());
      dispatcher.house.audit.dispatches.heard(dispatcher, beat, ageNanos);
    } else if (record.value() instanceof BeatRecord.DispatcherBeat own
        && own.dispatcher().equals(dispatcher.name)) {
      ownBeatNanos = dispatcher.world.nanos();
    }
  }

  /** How long ago one of its own beats was read back. */
  long ownBeatAgeNanos() {
    return dispatcher.world.nanos() - ownBeatNanos;
  }
}
