package dev.relevo.launcher;

import dev.relevo.common.secrets.Redactor;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * The keys and passwords of this process's settings, which nothing that it logs or complains of may
 * show, whoever says it: a last net, for most of what is said is free of them already. Thread-safe.
 */
final class HiddenSecrets {
  private static volatile Redactor redactor = Redactor.NONE;
  private static Set<String> known = Set.of();

  private HiddenSecrets() {}

  /** From now on these are hidden, too. */
  static synchronized void hide(Collection<String> secrets) {
    Set<String> all = new TreeSet<>(known);
    all.addAll(secrets);
    known = all;
    redactor = Redactor.of(all);
  }

  /** The text without them. */
  static String clean(String text) {
    return redactor.clean(text);
  }
}
