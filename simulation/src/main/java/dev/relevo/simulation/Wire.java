package dev.relevo.simulation;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.Message;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.StateRecord;
import java.nio.charset.StandardCharsets;
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
    return switch (record.value()) {
      case Assignment assignment ->
          with(record, Assignment.parse(record.key(), assignment.toHeaders()));
      case Message message -> with(record, again(message));
      case Buried(DeadLetter letter, boolean whole) ->
          with(record, new Buried((DeadLetter) again(letter), whole));
      case Garbage garbage -> {
        refuse(garbage);
        yield record;
      }
      case null, default -> record;
    };
  }

  private static Message again(Message message) {
    byte[] bytes = MessageCodec.encode(message);
    for (Class<? extends Message> kind : KINDS) {
      if (kind.isInstance(message)) {
        return MessageCodec.decode(kind, bytes);
      }
    }
    return message;
  }

  /** It has to be garbage for every reader. */
  private static void refuse(Garbage garbage) {
    for (Class<? extends Message> kind : KINDS) {
      if (isReadable(kind, garbage)) {
        throw new IllegalStateException("'" + garbage.text() + "' is read as " + kind);
      }
    }
  }

  private static boolean isReadable(Class<? extends Message> kind, Garbage garbage) {
    try {
      MessageCodec.decode(kind, garbage.text().getBytes(StandardCharsets.UTF_8));
      return true;
    } catch (MalformedRecordException e) {
      return false;
    }
  }

  private static SimRecord with(SimRecord record, Object value) {
    return new SimRecord(
        record.offset(),
        record.nanos(),
        record.stampMs(),
        record.key(),
        record.fence(),
        record.epoch(),
        value);
  }
}
