package dev.relevo.launcher;

/** The two ways in which jobs and answers are written. */
enum BatchFormat {
  /** Relevo's own. */
  PLAIN,
  /** A line of an OpenAI batch. */
  OPENAI
}
