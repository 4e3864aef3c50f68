package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.StateRecord;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * What a shard wants done. The shell carries effects out in the order given and answers each, by
 * {@link DispatcherCore#acknowledged}, {@link DispatcherCore#unheard}, {@link
 * DispatcherCore#readBack} or {@link DispatcherCore#bodyRead}, with the very same object.
 */
// A job's bytes are passed on as they came; effects are told apart by identity, never compared.
@SuppressWarnings("ArrayRecordComponent")
public sealed interface Effect {

  /** The home partition whose shard asks. */
  int home();

  /**
   * Write where a job is; a null record forgets it.
   *
   * @param epoch the shard's epoch, for the tombstone's header
   * @param events offsets of the events whose effects stand in state with it
   */
  record WriteState(
      int home, long epoch, String job, StateRecord.@Nullable Job record, List<Long> events)
      implements Effect {}

  /** Give an attempt to a node: the assignment to its slot, with the job's body. */
  record Assign(int home, int slot, Assignment assignment, byte[] body) implements Effect {}

  /** Say to events that the shard itself ends the job. */
  record Settle(int home, String job, Fence fence, EventRecord.Settled record) implements Effect {}

  /** Tell whoever asked. */
  record Reply(int home, String job, ReplyPlace place, Fence fence, ReplyRecord record)
      implements Effect {}

  /**
   * Read a reply place from {@code place.fromOffset()} up to and with {@code upTo}, and say what
   * ended the stream.
   */
  record ReadBack(int home, String job, ReplyPlace place, long upTo) implements Effect {}

  /** Read a job's record in its lane again. */
  record ReadBody(int home, String job, Lane lane, long offset) implements Effect {}

  /**
   * Lay a record into the dead letters: its own headers and bytes, and why. A null letter takes one
   * out again.
   *
   * @param job the job it belongs to, or null when it never became one
   */
  record Bury(
      int home,
      String key,
      @Nullable String job,
      @Nullable DeadLetter letter,
      @Nullable Headers headers,
      byte @Nullable [] value)
      implements Effect {}
}
