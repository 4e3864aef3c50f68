package dev.relevo.gateway.files;

import dev.relevo.common.protocol.JobIds;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the closing record of a file says. Without one there is no file.
 *
 * @param uuid a UUIDv7, the end of the topic's name and of the id that callers see
 * @param bytes how long it is
 * @param createdAtMs epoch milliseconds
 * @param expiresAtMs epoch milliseconds; then it is gone
 * @param filename what its owner calls it
 * @param purpose such as {@code batch}
 * @param tenant who may see it
 * @param batch the batch that wrote it; null for an upload
 */
public record StoredFile(
    String uuid,
    long bytes,
    long createdAtMs,
    long expiresAtMs,
    String filename,
    String purpose,
    String tenant,
    @Nullable String batch) {

  private static final String ID_BEGINNING = "file-";
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  /** The id that callers see. */
  public String id() {
    return id(uuid);
  }

  static String id(String uuid) {
    return ID_BEGINNING + uuid;
  }

  /** The UUID in an id that callers see; empty for what cannot be one. */
  static Optional<String> uuidOf(String id) {
    return Optional.of(id)
        .filter(text -> text.startsWith(ID_BEGINNING))
        .map(text -> text.substring(ID_BEGINNING.length()))
        .filter(uuid -> JobIds.madeAtMs(uuid).isPresent());
  }

  boolean isExpired(long nowMs) {
    return nowMs >= expiresAtMs;
  }

  byte[] encode() {
    return JSON.writeValueAsBytes(this);
  }

  static Optional<StoredFile> decode(byte @Nullable [] value) {
    try {
      return value == null || value.length == 0
          ? Optional.empty()
          : Optional.ofNullable(
              JSON.readValue(new String(value, StandardCharsets.UTF_8), StoredFile.class));
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }
}
