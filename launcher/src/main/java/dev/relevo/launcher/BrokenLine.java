package dev.relevo.launcher;

/**
 * A line that is no job.
 *
 * @param reason what is wrong with it
 */
record BrokenLine(long number, String id, BatchFormat format, String reason) implements BatchLine {}
