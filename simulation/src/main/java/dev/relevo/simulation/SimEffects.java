package dev.relevo.simulation;

import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.reply.ReplyAssembler;
import dev.relevo.dispatcher.core.DispatcherCore;
import dev.relevo.dispatcher.core.Effect;
import dev.relevo.dispatcher.core.JobRecord;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Carries out what a dispatcher's core wants written, with the producers of {@code EffectWriter}:
 * one for state, settlements and dead letters, one for assignments, one for replies; their order
 * among each other is open.
 */
final class SimEffects {
  private static final int READ_BACK_PATIENCE = 300;

  private final SimDispatcher dispatcher;
  private final DispatcherCore core;
  private final SimProducer assignments;
  private final SimProducer state;
  private final SimProducer replies;
  private final Deque<Runnable> answers = new ArrayDeque<>();

  SimEffects(SimDispatcher dispatcher) {
    this.dispatcher = dispatcher;
    this.core = dispatcher.core;
    this.assignments = dispatcher.producer("assignments", 120_000);
    this.state = dispatcher.producer("state", 120_000);
    this.replies = dispatcher.producer("replies", 30_000);
  }

  void carryOut(Effect effect) {
    dispatcher.house.audit.dispatches.decides(dispatcher, effect);
    switch (effect) {
      case Effect.WriteState write -> {
        dispatcher.house.audit.records(write);
        if (dispatcher.world.flaw == Flaw.PARKED_UNWRITTEN && isParked(write)) {
          answer(() -> core.acknowledged(write, 0, dispatcher.now()), true);
          return;
        }
        send(
            state,
            effect,
            new Place(House.STATE, write.home()),
            new SimRecord(
                -1,
                -1,
                -1,
                write.job(),
                null,
                write.record() == null ? write.epoch() : -1,
                write.record()));
      }
      case Effect.Assign assign -> {
        dispatcher.house.audit.dispatches.assigns(dispatcher, assign);
        send(
            assignments,
            effect,
            new Place(House.ASSIGNMENTS, assign.slot()),
            SimRecord.of(
                assign.assignment().job(), assign.assignment().fence(), assign.assignment()));
      }
      case Effect.Settle settle ->
          send(
              state,
              effect,
              new Place(House.EVENTS, settle.home()),
              SimRecord.of(settle.job(), settle.fence(), settle.record()));
      case Effect.Bury bury -> {
        Flaw lost = bury.job() == null ? Flaw.MALFORMED_PASSED_OVER : Flaw.LETTERS_LOST;
        if (dispatcher.world.flaw == lost) {
          answer(() -> core.acknowledged(bury, 0, dispatcher.now()), true);
          return;
        }
        send(
            state,
            effect,
            new Place(House.DEAD, bury.home()),
            SimRecord.of(
                bury.key(),
                null,
                bury.letter() == null ? null : new Buried(bury.letter(), bury.value() != null)));
      }
      case Effect.Reply reply ->
          dispatcher.after(dispatcher.dice.between(0, 20) * World.MS / 2, () -> reply(reply));
      case Effect.ReadBody readBody ->
          dispatcher.after(dispatcher.dice.between(2, 40) * World.MS, () -> readBody(readBody));
      case Effect.ReadBack readBack ->
          dispatcher.after(
              dispatcher.dice.between(2, 40) * World.MS,
              () -> readBack(readBack, READ_BACK_PATIENCE));
    }
  }

  private static boolean isParked(Effect.WriteState write) {
    return write.record() != null && write.record().status() == JobStatus.PARKED;
  }

  /** Reads a job's record in its lane again. */
  private void readBody(Effect.ReadBody effect) {
    SimLog.Partition lane = dispatcher.log.get(dispatcher.lane(effect.lane(), effect.home()));
    if (lane.isAway()) {
      dispatcher.after(100 * World.MS, () -> readBody(effect));
      return;
    }
    int index = lane.indexOf(effect.offset());
    SimRecord found = index < lane.records().size() ? lane.records().get(index) : null;
    JobRecord record =
        found == null || found.offset() != effect.offset()
            ? null
            : SimInputs.record(effect.lane(), found);
    if (record == null && dispatcher.world.flaw == Flaw.DELETED_UNTOLD) {
      return;
    }
    answer(() -> core.bodyRead(effect, record, dispatcher.now()), true);
  }

  private void send(SimProducer producer, Effect effect, Place place, SimRecord record) {
    boolean awaited = !(effect instanceof Effect.WriteState || effect instanceof Effect.Assign);
    producer.send(
        place,
        record,
        (offset, missing) -> {
          if (offset < 0) {
            answer(dispatcher::breakDown, true);
          } else {
            answer(() -> written(effect, offset), awaited);
          }
        });
  }

  private void written(Effect effect, long offset) {
    core.acknowledged(effect, offset, dispatcher.now());
    if (effect instanceof Effect.WriteState) {
      dispatcher.ownership().stateWritten(effect.home(), offset);
    }
  }

  private void reply(Effect.Reply reply) {
    Place place = place(reply.place());
    SimRecord record = SimRecord.of(reply.job(), reply.fence(), reply.record());
    replies.send(
        place,
        record,
        (offset, missing) ->
            answer(
                () -> {
                  if (offset < 0) {
                    core.unheard(reply, dispatcher.now());
                  } else {
                    core.acknowledged(reply, offset, dispatcher.now());
                  }
                },
                true));
  }

  private void readBack(Effect.ReadBack effect, int patience) {
    SimLog.Partition partition = dispatcher.log.find(place(effect.place()));
    if (partition == null || patience == 0) {
      answer(() -> core.unheard(effect, dispatcher.now()), true);
    } else if (partition.isAway()) {
      dispatcher.after(100 * World.MS, () -> readBack(effect, patience - 1));
    } else {
      ReplyRecord terminal = terminal(effect, partition);
      boolean blind = dispatcher.world.flaw == Flaw.NO_READ_BACK_BY_DISPATCHER;
      answer(() -> core.readBack(effect, blind ? null : terminal, dispatcher.now()), true);
    }
  }

  private static @Nullable ReplyRecord terminal(
      Effect.ReadBack effect, SimLog.Partition partition) {
    ReplyAssembler assembler = ReplyAssembler.withoutText();
    int index = partition.indexOf(effect.place().fromOffset());
    for (; index < partition.records().size(); index++) {
      SimRecord record = partition.records().get(index);
      Fence fence = record.fence();
      if (record.offset() > effect.upTo() || assembler.isEnded()) {
        break;
      }
      if (record.key().equals(effect.job())
          && fence != null
          && record.value() instanceof ReplyRecord reply) {
        assembler.accept(record.offset(), fence, reply);
      }
    }
    return assembler.terminal();
  }

  static Place place(ReplyPlace place) {
    return new Place(place.topic(), place.partition());
  }

  private void answer(Runnable answer, boolean awaited) {
    answers.add(answer);
    if (awaited) {
      dispatcher.wakeAt(dispatcher.world.nanos());
    }
  }

  /** What became of effects, for the loop to take. */
  void drain() {
    for (Runnable answer = answers.poll(); answer != null; answer = answers.poll()) {
      answer.run();
      if (!dispatcher.isAlive()) {
        return;
      }
    }
  }
}
