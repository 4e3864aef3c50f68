package dev.relevo.common.config;

/** Whether a backend goes on with an answer that another one began (protocol section 5). */
public enum ContinuePrefix {
  /** The adapter knows, or finds out. */
  AUTO,
  /** It does. */
  TRUE,
  /** It does not, whatever the adapter believes. */
  FALSE
}
