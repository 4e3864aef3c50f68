package dev.relevo.operator;

import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What filters and rows need of a letter; its fields are as {@link DeadLetter} has them.
 *
 * @param attempts how many there were
 * @param lastCode why the last of them ended, or null without any
 */
public record DeadGist(
    String code,
    String message,
    @Nullable String job,
    @Nullable String fence,
    @Nullable String model,
    @Nullable String tenant,
    long failedAtMs,
    int attempts,
    @Nullable String lastCode) {

  /**
   * Reads it from the letter's JSON.
   *
   * @throws MalformedRecordException when that is no letter
   */
  static DeadGist read(byte @Nullable [] json) {
    DeadGist quick = json == null ? null : DeadGistReader.read(json);
    return quick == null ? of(MessageCodec.decode(DeadLetter.class, json)) : quick;
  }

  /** The gist of a letter that was read as a whole. */
  public static DeadGist of(DeadLetter letter) {
    List<AttemptReport> attempts = letter.attempts();
    return new DeadGist(
        letter.code(),
        letter.message(),
        letter.job(),
        letter.fence(),
        letter.model(),
        letter.tenant(),
        letter.failedAtMs(),
        attempts.size(),
        attempts.isEmpty() ? null : attempts.getLast().code());
  }
}
