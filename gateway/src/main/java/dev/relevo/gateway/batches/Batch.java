package dev.relevo.gateway.batches;

import dev.relevo.gateway.batches.BatchRecord.CancelAsked;
import dev.relevo.gateway.batches.BatchRecord.Counted;
import dev.relevo.gateway.batches.BatchRecord.Created;
import dev.relevo.gateway.batches.BatchRecord.Ended;
import dev.relevo.gateway.batches.BatchRecord.Finalizing;
import dev.relevo.gateway.batches.BatchRecord.Started;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A batch: the fold of its records. Everybody who reads them comes to the same, and no order of
 * them leads back from an end. Pure.
 *
 * @param uuid a UUIDv7
 */
record Batch(
    String uuid,
    Created created,
    @Nullable Started started,
    @Nullable Counted counted,
    @Nullable CancelAsked cancelAsked,
    @Nullable Finalizing finalizing,
    @Nullable Ended ended) {
  private static final String ID_BEGINNING = "batch_";

  /** One that was only just asked for. */
  static Batch of(String uuid, Created created) {
    return new Batch(uuid, created, null, null, null, null, null);
  }

  /** The id that callers see. */
  String id() {
    return ID_BEGINNING + uuid;
  }

  /** The UUID in an id that callers see; empty for what cannot be one. */
  static Optional<String> uuidOf(String id) {
    return id.startsWith(ID_BEGINNING)
        ? Optional.of(id.substring(ID_BEGINNING.length()))
        : Optional.empty();
  }

  /** The same with one record more. What came first stands, but for counts. */
  Batch with(BatchRecord record) {
    return switch (record) {
      case Created _ -> this;
      case Started first when started == null ->
          new Batch(uuid, created, first, counted, cancelAsked, finalizing, ended);
      case Counted latest ->
          new Batch(uuid, created, started, latest, cancelAsked, finalizing, ended);
      case CancelAsked first when cancelAsked == null && finalizing == null && ended == null ->
          new Batch(uuid, created, started, counted, first, finalizing, ended);
      case Finalizing first when finalizing == null ->
          new Batch(uuid, created, started, counted, cancelAsked, first, ended);
      case Ended first when ended == null ->
          new Batch(uuid, created, started, counted, cancelAsked, finalizing, first);
      case Started _, CancelAsked _, Finalizing _, Ended _ -> this;
    };
  }

  /** Where it is. A batch that is being cancelled writes its files as one that is cancelling. */
  BatchStatus status() {
    if (ended != null) {
      return ended.status();
    }
    if (cancelAsked != null) {
      return BatchStatus.CANCELLING;
    }
    if (finalizing != null) {
      return BatchStatus.FINALIZING;
    }
    return started == null ? BatchStatus.VALIDATING : BatchStatus.IN_PROGRESS;
  }

  boolean isEnded() {
    return ended != null;
  }
}
