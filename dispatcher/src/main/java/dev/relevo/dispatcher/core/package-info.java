/**
 * What the dispatcher decides, without I/O and without a clock: shards, placement, retries. Inputs
 * come in as calls with the moment they happen at; what is to be done goes out as {@link
 * dev.relevo.dispatcher.core.Effect}s.
 */
@NullMarked
package dev.relevo.dispatcher.core;

import org.jspecify.annotations.NullMarked;
