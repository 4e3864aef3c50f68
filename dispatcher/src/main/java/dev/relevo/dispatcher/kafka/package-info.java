/** The loop around the core: one thread that reads, asks the core, and carries out what it says. */
@NullMarked
package dev.relevo.dispatcher.kafka;

import org.jspecify.annotations.NullMarked;
