package dev.relevo.common.protocol;

/**
 * Names one attempt at one job (protocol section 4): {@code home.epoch.attempt}.
 *
 * <p>Within one home the pair {@code epoch.attempt} grows with every attempt; a record with a lower
 * fence than one already seen is void. Fences of different homes are never compared: a reader keeps
 * to the first home it meets.
 *
 * @param home the job's home partition, 0 or more
 * @param epoch the offset of the {@code opened} record of the shard that made the attempt, 0 or
 *     more
 * @param attempt counts all attempts that this shard made in this epoch, over all its jobs, 0 or
 *     more; so a fence names one attempt in the whole house, and a beat or a dead letter needs
 *     nothing else to name it
 */
public record Fence(int home, long epoch, long attempt) {

  public Fence {
    require(home >= 0, "home", home);
    require(epoch >= 0, "epoch", epoch);
    require(attempt >= 0, "attempt", attempt);
  }

  /**
   * Reads {@code home.epoch.attempt}.
   *
   * @throws MalformedRecordException if the text is anything else
   */
  public static Fence parse(String text) {
    int first = text.indexOf('.');
    int second = text.indexOf('.', first + 1);
    if (first > 0 && second > 0) {
      try {
        return new Fence(
            Integer.parseInt(text.substring(0, first)),
            Long.parseLong(text.substring(first + 1, second)),
            Long.parseLong(text.substring(second + 1)));
      } catch (IllegalArgumentException e) {
        throw new MalformedRecordException("fence '" + text + "' is not home.epoch.attempt", e);
      }
    }
    throw new MalformedRecordException("fence '" + text + "' is not home.epoch.attempt");
  }

  /**
   * Whether this fence stands above another of the same home; fences of another home are never
   * higher.
   */
  public boolean isHigherThan(Fence other) {
    if (home != other.home) {
      return false;
    }
    return epoch != other.epoch ? epoch > other.epoch : attempt > other.attempt;
  }

  /** The text that stands in the header {@code relevo-fence}. */
  @Override
  public String toString() {
    return home + "." + epoch + "." + attempt;
  }

  private static void require(boolean valid, String field, long value) {
    if (!valid) {
      throw new IllegalArgumentException("fence " + field + " is negative: " + value);
    }
  }
}
