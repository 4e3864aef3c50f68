package dev.relevo.launcher;

/** A line of a job file. */
sealed interface BatchLine permits WantedLine, BrokenLine {
  /** Where it stands, from 1. */
  long number();

  /** Its own id, or one made of its number and content. */
  String id();

  /** How its answer is to be written. */
  BatchFormat format();
}
