package dev.relevo.simulation;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.Message;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.StateRecord;
import java.util.List;

/** In some runs every record goes through the real codec, as it would on the wire. */
final class Wire {
  private static final List<Class<? extends Message>> KINDS =
      List.of(
          ReplyRecord.class,
          EventRecord.class,
          BeatRecord.class,
          ControlRecord.class,
          StateRecord.class,
          DeadLetter.class);

  private Wire() {}

  static SimRecord pass(World world, SimRecord record) {
    if (!world.codec) {
      return record;
    }
    Object value = record.value();
    if (value instanceof Assignment assignment) {
      return with(record, Assignment.parse(record.key(), assignment.toHeaders()));
    }
    if (value instanceof Message message) {
      byte[] bytes = MessageCodec.encode(message);
      for (Class<? extends Message> kind : KINDS) {
        if (kind.isInstance(message)) {
          return with(record, MessageCodec.decode(kind, bytes));
        }
      }
    }
    return record;
  }

  private static SimRecord with(SimRecord record, Object value) {
    return new SimRecord(
        record.offset(), record.nanos(), record.key(), record.fence(), record.epoch(), value);
  }
}
