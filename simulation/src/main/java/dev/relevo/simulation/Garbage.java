package dev.relevo.simulation;

/**
 * What somebody wrote who does not speak the protocol; the real codec refuses it.
 *
 * @param text of the value
 */
record Garbage(String text) {}
