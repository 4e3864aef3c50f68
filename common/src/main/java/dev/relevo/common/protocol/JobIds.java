package dev.relevo.common.protocol;

import java.util.OptionalLong;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The rule for job ids (protocol section 1), and ids that keep it. */
public final class JobIds {
  /** Characters, as Java counts them. */
  public static final int MAX_LENGTH = 128;

  private static final char UNREADABLE = '\ufffd';

  private JobIds() {}

  /**
   * A UUIDv7 (RFC 9562): 48 bits of time, 74 of chance, so that ids sort by age.
   *
   * @param epochMs milliseconds since 1970
   * @param random where chance comes from
   */
  public static String create(long epochMs, RandomGenerator random) {
    long high = (epochMs << 16) | 0x7000L | (random.nextLong() & 0x0FFFL);
    long low = (random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low).toString();
  }

  /**
   * When a UUIDv7 was made, epoch milliseconds.
   *
   * @return empty for any other text
   */
  public static OptionalLong madeAtMs(String text) {
    try {
      UUID uuid = UUID.fromString(text);
      return uuid.version() == 7 && uuid.toString().equalsIgnoreCase(text)
          ? OptionalLong.of(uuid.getMostSignificantBits() >>> 16)
          : OptionalLong.empty();
    } catch (IllegalArgumentException e) {
      return OptionalLong.empty();
    }
  }

  /**
   * Holds a record's key to the rule.
   *
   * @throws MalformedRecordException if there is none, it is too long, or holds control characters,
   *     or was no UTF-8
   */
  public static String check(@Nullable String key) {
    if (key == null || key.isEmpty()) {
      throw new MalformedRecordException("the record has no key: the key is the job's id");
    }
    if (key.length() > MAX_LENGTH) {
      throw new MalformedRecordException(
          "the job id is " + key.length() + " characters long, at most " + MAX_LENGTH);
    }
    if (isNoText(key)) {
      throw new MalformedRecordException("the job id holds control characters or is not UTF-8");
    }
    return key;
  }

  /**
   * Whether a text holds control characters, or what stands for bytes that were no UTF-8: two ids
   * that differ in such bytes would look alike.
   */
  static boolean isNoText(String text) {
    return text.chars().anyMatch(c -> Character.isISOControl(c) || c == UNREADABLE);
  }
}
