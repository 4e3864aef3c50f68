package dev.relevo.simulation;

import dev.relevo.common.protocol.DeadLetter;

/**
 * A record of the dead letters.
 *
 * @param whole whether the job's own bytes are in it: they may have been deleted before
 */
record Buried(DeadLetter letter, boolean whole) {}
