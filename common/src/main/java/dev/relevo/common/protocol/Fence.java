package dev.relevo.common.protocol;

/**
 * Says which attempt at a job a record belongs to (protocol section 4): {@code home.epoch.attempt}.
 *
 * <p>Within one home the pair {@code epoch.attempt} grows with every attempt; a record with a lower
 * fence than one already seen is void. Fences of different homes are never compared: a reader keeps
 * to the first home it meets.
 *
 * @param home the job's home partition, 0 or more
 * @param epoch the offset of the {@code opened} record of the shard that made the attempt, 0 or
 *     more
 * @param attempt counts the fences this shard gave to this job, 0 or more
 */
public record Fence(int home, long epoch, int attempt) {

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
            Integer.parseInt(text.substring(second + 1)));
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
