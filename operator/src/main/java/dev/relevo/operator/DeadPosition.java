package dev.relevo.operator;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * From where on dead letters are read, in the order of {@link DeadReader}.
 *
 * @param partition of {@code relevo.dead}; those before it are passed over
 * @param offset the first that counts in this partition
 */
public record DeadPosition(int partition, long offset) {
  /** From the first letter on. */
  public static final DeadPosition BEGIN = new DeadPosition(0, 0);

  private static final Pattern TEXT = Pattern.compile("(\\d{1,9})-(\\d{1,18})");

  /** As text, for {@link #parse}. */
  public String text() {
    return partition + "-" + offset;
  }

  /** Reads what {@link #text} wrote; empty when it is nothing like it. */
  public static Optional<DeadPosition> parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    return matcher.matches()
        ? Optional.of(
            new DeadPosition(Integer.parseInt(matcher.group(1)), Long.parseLong(matcher.group(2))))
        : Optional.empty();
  }
}
