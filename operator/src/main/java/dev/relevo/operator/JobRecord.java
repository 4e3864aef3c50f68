package dev.relevo.operator;

import dev.relevo.common.protocol.BodyModel;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MalformedRecordException;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A job's own record, as its producer wrote it (protocol section 2).
 *
 * @param id the job's id, the record's key
 * @param lane where it stands
 * @param home its partition there
 * @param offset its offset there
 * @param appendedAtMs when Kafka took it, epoch milliseconds
 * @param headers what it asks for: reply place, tenant, model and more
 * @param body its value, as it is; up to 8 MiB, and not copied
 */
// Only passed on, never compared.
@SuppressWarnings("ArrayRecordComponent")
public record JobRecord(
    String id,
    Lane lane,
    int home,
    long offset,
    long appendedAtMs,
    JobHeaders headers,
    byte[] body) {

  /** The model that it asks for, in its headers or else in its body; null where neither tells. */
  public @Nullable String model() {
    if (headers.model() != null) {
      return headers.model();
    }
    try {
      return BodyModel.find(body);
    } catch (MalformedRecordException e) {
      // Its dispatcher refuses it.
      return null;
    }
  }

  /**
   * Reads it; empty when it is no job's that can be understood, which a dispatcher refuses, too.
   */
  static Optional<JobRecord> of(Lane lane, ConsumerRecord<String, byte[]> record) {
    if (record.key() == null || record.value() == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new JobRecord(
              record.key(),
              lane,
              record.partition(),
              record.offset(),
              record.timestamp(),
              JobHeaders.parse(record.headers()),
              record.value()));
    } catch (MalformedRecordException e) {
      return Optional.empty();
    }
  }
}
