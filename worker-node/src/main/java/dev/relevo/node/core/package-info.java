/** What a node decides: no I/O, no clock, no threads. */
@NullMarked
package dev.relevo.node.core;

import org.jspecify.annotations.NullMarked;
