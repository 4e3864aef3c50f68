package dev.relevo.simulation;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the models answer, and how their backends behave: whole, cut, silent, failing, refusing, and
 * not always the same the second time.
 */
final class Models {
  private static final int LONGEST = 40;

  private final World world;
  private final Audit audit;
  private final Map<String, Integer> calls = new HashMap<>();
  private boolean calm;

  /** How a call ends. */
  enum Manner {
    WHOLE,
    /** It breaks before or after some pieces; another may succeed. */
    BREAKS,
    /** It goes silent, until the adapter loses patience. */
    STALLS,
    /** It refuses the request for good. */
    REFUSES
  }

  /**
   * A call as it is going to be.
   *
   * @param rest what the backend is going to say
   * @param pieces how much of it, where it does not end whole
   */
  record Script(String rest, Manner manner, int pieces, Dice dice) {}

  Models(World world, Audit audit) {
    this.world = world;
    this.audit = audit;
  }

  /** From now on every call is whole. */
  void calm() {
    calm = true;
  }

  Script call(String job, @Nullable String prefix) {
    int number = calls.merge(job, 1, Integer::sum);
    Dice dice = new Dice(world.seed, job + "#" + number);
    int variant = dice.chance(75) ? 0 : dice.between(1, 2);
    String text = text(job, variant);
    String before = prefix == null ? "" : prefix;
    String rest = text.substring(Math.min(before.length(), text.length()));
    Manner manner = calm ? Manner.WHOLE : manner(dice);
    if (manner != Manner.REFUSES) {
      audit.called(job, before, before + rest);
    }
    return new Script(rest, manner, dice.between(0, 6), dice);
  }

  private static Manner manner(Dice dice) {
    int roll = dice.between(1, 100);
    if (roll <= 68) {
      return Manner.WHOLE;
    }
    return roll <= 90 ? Manner.BREAKS : roll <= 97 ? Manner.STALLS : Manner.REFUSES;
  }

  /** The first answer in small letters, the second in large, the third turns after a while. */
  private String text(String job, int variant) {
    long hash = Dice.mix(world.seed, job);
    int length = Math.floorMod(hash, 25) == 0 ? 0 : 4 + (int) Math.floorMod(hash, LONGEST - 4L);
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      boolean large = variant == 1 || (variant == 2 && i > length / 2);
      text.append((char) ((large ? 'A' : 'a') + Math.floorMod((hash >> (i % 13)) + i * 7L, 26)));
    }
    return text.toString();
  }
}
