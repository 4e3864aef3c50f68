package dev.relevo.simulation;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.node.core.DuplicateNodeException;
import dev.relevo.node.core.Enrolment;

/** How a node gets its name and a slot: the real enrolment, in the order of {@code Arrival}. */
final class SimArrival {
  private final SimNode node;
  private final SimProducer beats;

  SimArrival(SimNode node, SimProducer beats) {
    this.node = node;
    this.beats = beats;
  }

  void arrive() {
    SimLog.Partition heard = node.log.get(House.HEARTBEATS);
    long end = heard.end();
    long controlEnd = node.log.get(House.CONTROL).end();
    Enrolment enrolment = new Enrolment(node.name, node.incarnation, end, SimNode.INTERVAL_MS);
    hear(enrolment, 0, end);
    if (end > 0) {
      listen(enrolment, end, node.world.nanos(), controlEnd);
    } else {
      enrol(enrolment, controlEnd);
    }
  }

  private void hear(Enrolment enrolment, long from, long to) {
    for (SimRecord record : node.log.get(House.HEARTBEATS).records()) {
      if (record.offset() >= from
          && record.offset() < to
          && record.value() instanceof NodeBeat beat) {
        enrolment.hear(record.offset(), beat);
      }
    }
  }

  private void listen(Enrolment enrolment, long heard, long since, long controlEnd) {
    long left = enrolment.listenMs() * World.MS - (node.world.nanos() - since);
    if (left > 0) {
      node.after(
          left,
          () -> {
            long end = node.log.get(House.HEARTBEATS).end();
            hear(enrolment, heard, end);
            listen(enrolment, end, since, controlEnd);
          });
    } else {
      enrol(enrolment, controlEnd);
    }
  }

  private void enrol(Enrolment enrolment, long controlEnd) {
    if (!isUnique(enrolment)) {
      return;
    }
    Place slot = new Place(House.ASSIGNMENTS, enrolment.leastUsedSlot(node.house.shape.slots()));
    long slotEnd = node.log.get(slot).end();
    beats.send(
        House.HEARTBEATS,
        SimRecord.of(node.name, null, node.beat(NodeBeat.State.STARTING, slot, slotEnd)),
        (own, missing) -> {
          if (own < 0) {
            node.fail("the first beat was not taken");
            return;
          }
          hear(enrolment, 0, own);
          if (isUnique(enrolment)) {
            node.begin(slot, slotEnd, controlEnd);
          }
        });
  }

  private boolean isUnique(Enrolment enrolment) {
    try {
      enrolment.requireUnique();
      return true;
    } catch (DuplicateNodeException e) {
      node.fail("its name is taken");
      return false;
    }
  }
}
