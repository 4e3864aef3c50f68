package dev.relevo.node.core;

import dev.relevo.common.protocol.Delta;
import org.jspecify.annotations.Nullable;

/**
 * Compares an answer that runs again with what readers have (protocol section 5): lets nothing pass
 * while it repeats the old, lets everything pass once the old is repeated in full, and says when
 * they part. Pieces need not be cut at the same places.
 */
public final class ReplayFilter {
  private final String content;
  private final String reasoning;
  private int contentSeen;
  private int reasoningSeen;

  /**
   * A filter for what readers have.
   *
   * @param given whole text only
   */
  public ReplayFilter(Transcript given) {
    this.content = given.content();
    this.reasoning = given.reasoning();
  }

  /** What of a piece is new to readers. */
  public sealed interface Step {
    /** It repeats the old. */
    record Repeated() implements Step {}

    /**
     * It goes beyond the old.
     *
     * @param delta what is new
     */
    record New(Delta delta) implements Step {}

    /** It says something else than the old. */
    record Parted() implements Step {}
  }

  /** Compares the next piece. */
  public Step next(int index, Delta delta) {
    String newReasoning = beyond(reasoning, reasoningSeen, delta.reasoning());
    String newContent = beyond(content, contentSeen, delta.content());
    if (newReasoning == null || newContent == null) {
      return new Step.Parted();
    }
    reasoningSeen += length(delta.reasoning(), newReasoning);
    contentSeen += length(delta.content(), newContent);
    boolean more = delta.refusal() != null || !delta.toolCalls().isEmpty() || index > 0;
    if (newReasoning.isEmpty() && newContent.isEmpty() && !more) {
      return new Step.Repeated();
    }
    if (!isRepeated() && (more || !newContent.isEmpty())) {
      return new Step.Parted();
    }
    if (!newReasoning.isEmpty() && contentSeen < content.length()) {
      return new Step.Parted();
    }
    return new Step.New(
        new Delta(orNull(newContent), orNull(newReasoning), delta.refusal(), delta.toolCalls()));
  }

  /** Whether all that readers have was repeated; an answer that ends before has parted. */
  public boolean isRepeated() {
    return contentSeen == content.length() && reasoningSeen == reasoning.length();
  }

  /** What stands in a piece beyond the old text; null when it contradicts it. */
  private static @Nullable String beyond(String old, int seen, @Nullable String piece) {
    if (piece == null) {
      return "";
    }
    int repeats = Math.min(piece.length(), old.length() - seen);
    return old.startsWith(piece.substring(0, repeats), seen) ? piece.substring(repeats) : null;
  }

  private static int length(@Nullable String piece, String beyond) {
    return piece == null ? 0 : piece.length() - beyond.length();
  }

  private static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
  }
}
