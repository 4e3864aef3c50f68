package dev.relevo.gateway.jobs;

import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.operator.FoundJob;
import dev.relevo.operator.JobRecord;
import dev.relevo.operator.KnownJob;
import org.jspecify.annotations.Nullable;

/**
 * What Kafka tells of a job.
 *
 * @param id its id
 * @param known what dispatchers have written down; null while it waits for its first node
 * @param record its own record; null when its lane has it no longer
 */
record SeenJob(String id, @Nullable KnownJob known, @Nullable JobRecord record) {
  static SeenJob of(FoundJob found) {
    return new SeenJob(found.job().id(), found.job(), found.record());
  }

  static SeenJob waiting(JobRecord record) {
    return new SeenJob(record.id(), null, record);
  }

  JobStatus status() {
    return known == null ? JobStatus.QUEUED : known.status();
  }

  boolean hasEnded() {
    return known != null && known.hasEnded();
  }

  /** Whose it is; null when nobody knows any more. */
  @Nullable String tenant() {
    return record == null ? null : record.headers().tenant();
  }

  /** Where its answer goes; null when it asked for none, or nobody knows any more. */
  @Nullable ReplyPlace place() {
    return record == null ? null : record.headers().replyPlace();
  }

  @Nullable Lane lane() {
    if (known != null) {
      return known.state().lane();
    }
    return record == null ? null : record.lane();
  }

  int home() {
    if (known != null) {
      return known.home();
    }
    return record == null ? -1 : record.home();
  }

  /** The model that it asked for or was given; null where only its body tells. */
  @Nullable String model() {
    String asked = record == null ? null : record.headers().model();
    return asked != null || known == null ? asked : known.model();
  }

  /** When its lane took it, epoch milliseconds; null when nobody knows any more. */
  @Nullable Long submittedMs() {
    if (record != null) {
      return record.appendedAtMs();
    }
    return known != null && known.submittedMs().isPresent()
        ? Long.valueOf(known.submittedMs().getAsLong())
        : null;
  }
}
