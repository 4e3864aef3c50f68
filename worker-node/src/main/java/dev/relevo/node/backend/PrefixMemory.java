package dev.relevo.node.backend;

import dev.relevo.common.config.ContinuePrefix;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which models of a backend continue answers: by the settings, by what is known of them, and by
 * what they refused. Thread-safe.
 */
final class PrefixMemory {
  /** Models whose refusal is remembered; beyond it a model is asked again and refuses again. */
  static final int MAX_REFUSED = 1_000;

  private final ContinuePrefix setting;
  private final Set<String> refused = ConcurrentHashMap.newKeySet();

  PrefixMemory(ContinuePrefix setting) {
    this.setting = setting;
  }

  /**
   * Whether a model is to be asked.
   *
   * @param known what the adapter knows of it
   */
  boolean continues(String model, boolean known) {
    return !refused.contains(model) && allows(known);
  }

  /** The same for a backend as a whole. */
  boolean allows(boolean known) {
    return switch (setting) {
      case AUTO -> known;
      case TRUE -> true;
      case FALSE -> false;
    };
  }

  /** It said no. */
  void refusedBy(String model) {
    if (refused.size() < MAX_REFUSED) {
      refused.add(model);
    }
  }
}
