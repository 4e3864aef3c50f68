package dev.relevo.simulation;

import java.util.List;
import java.util.SplittableRandom;

/**
 * Where chance comes from. Everybody has dice of their own, made from the seed and a name, so that
 * leaving out one fault changes nothing for those whom it did not touch.
 */
final class Dice {
  private final SplittableRandom random;

  Dice(long seed, String name) {
    this.random = new SplittableRandom(mix(seed, name));
  }

  /** A seed of its own for a name. */
  static long mix(long seed, String name) {
    long hash = seed * 0x9E3779B97F4A7C15L;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0xff51afd7ed558ccdL;
      hash ^= hash >>> 32;
    }
    return hash;
  }

  SplittableRandom random() {
    return random;
  }

  /** From least to most, both included. */
  int between(int least, int most) {
    return random.nextInt(least, most + 1);
  }

  long between(long least, long most) {
    return random.nextLong(least, most + 1);
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  <T> T pick(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }
}
