package dev.relevo.gateway.batches;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The records of {@code relevo.batches} to bytes and back. Thread-safe. */
final class BatchCodec {
  private static final char BETWEEN = '/';
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private BatchCodec() {}

  /**
   * The key of a record.
   *
   * @param batch the UUID of the batch
   */
  static String key(String batch, String kind) {
    return batch + BETWEEN + kind;
  }

  /**
   * The key of an end.
   *
   * @param saying an id of this saying of it
   */
  static String keyOfEnd(String batch, String saying) {
    return key(batch, "ended") + BETWEEN + saying;
  }

  /** The UUID of the batch that a key is about; empty for a key of nobody's. */
  static Optional<String> batchOf(@Nullable String key) {
    int at = key == null ? -1 : key.indexOf(BETWEEN);
    return key == null || at < 0 ? Optional.empty() : Optional.of(key.substring(0, at));
  }

  static byte[] encode(BatchRecord record) {
    return JSON.writerFor(BatchRecord.class).writeValueAsBytes(record);
  }

  /** What a value says; empty for what cannot be read, such as what a later version writes. */
  static Optional<BatchRecord> decode(byte @Nullable [] value) {
    if (value == null) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(
          JSON.readValue(new String(value, StandardCharsets.UTF_8), BatchRecord.class));
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }
}
