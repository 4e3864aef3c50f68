package dev.relevo.launcher;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The job ids of a batch. They are computed and not drawn, so that every run of the same batch
 * gives a line the same ones: {@code LINE-CONTENT}, and {@code LINE-CONTENT-2} for the second try
 * of a job that was cancelled, where LINE is a UUID made of batch and line id, and CONTENT tells
 * what stood in the line.
 *
 * @param batch drawn for each batch; it keeps batches with equal line ids apart
 */
record BatchIds(UUID batch) {
  private static final int DIGEST_CHARACTERS = 8;
  private static final Pattern JOB =
      Pattern.compile("([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-[0-9a-f]{8}(?:-\\d{1,9})?");

  /** What a line is known by; its id may be long, and there may be millions. */
  UUID line(String id) {
    ByteBuffer hash = ByteBuffer.wrap(sha256((batch + "\n" + id).getBytes(StandardCharsets.UTF_8)));
    long high = (hash.getLong() & ~0xF000L) | 0x8000L;
    long low = (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }

  /**
   * The job's id.
   *
   * @param attempt from 1
   */
  static String job(UUID line, String digest, int attempt) {
    return line + "-" + digest + (attempt == 1 ? "" : "-" + attempt);
  }

  /** The line that a job of ours belongs to; null for somebody else's. */
  static @Nullable UUID lineOf(String job) {
    Matcher matcher = JOB.matcher(job);
    return matcher.matches() ? UUID.fromString(matcher.group(1)) : null;
  }

  /** Tells what stands in a line. */
  static String digest(byte[] line) {
    return HexFormat.of().formatHex(sha256(line)).substring(0, DIGEST_CHARACTERS);
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
