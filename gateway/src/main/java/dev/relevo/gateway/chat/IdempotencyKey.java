package dev.relevo.gateway.chat;

import dev.relevo.gateway.http.HttpProblem;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What a caller calls a request, so that it is one job however often it is sent: the job's id
 * follows from tenant and key alone, so any gateway finds the same. A job that failed in a way that
 * another try may heal is followed by a next generation. Pure.
 */
final class IdempotencyKey {
  static final String HEADER = "Idempotency-Key";

  /** So often one key is tried anew. */
  static final int MOST_GENERATIONS = 16;

  private static final int LONGEST = 255;
  private static final int HASH_CHARACTERS = 40;
  private static final char FIRST_VISIBLE = '!';
  private static final char LAST_VISIBLE = '~';

  private final String hash;

  private IdempotencyKey(String hash) {
    this.hash = hash;
  }

  /**
   * Reads it.
   *
   * @param sent the header
   * @throws HttpProblem 400 for one that is none
   */
  static Optional<IdempotencyKey> read(Optional<String> sent, String tenant) {
    return sent.map(key -> of(key, tenant));
  }

  private static IdempotencyKey of(String key, String tenant) {
    boolean visible =
        key.chars().allMatch(character -> character >= FIRST_VISIBLE && character <= LAST_VISIBLE);
    if (key.isEmpty() || key.length() > LONGEST || !visible) {
      throw HttpProblem.badRequest(
          "invalid_header",
          "Header %s is '%s', expected 1 to %d visible ASCII characters."
              .formatted(
                  HEADER, key.length() > LONGEST ? key.length() + " characters" : key, LONGEST));
    }
    // No tenant's name holds a control character, so no two pairs look alike.
    byte[] both = (tenant + "\0" + key).getBytes(StandardCharsets.UTF_8);
    return new IdempotencyKey(
        HexFormat.of().formatHex(sha256().digest(both)).substring(0, HASH_CHARACTERS));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * The id of the job.
   *
   * @param generation from 1 to {@link #MOST_GENERATIONS}
   */
  String job(int generation) {
    return generation == 1 ? "key-" + hash : "key-" + hash + "-" + generation;
  }
}
