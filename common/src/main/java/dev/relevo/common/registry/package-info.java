/** Who is there: the pure fold of heartbeats (protocol section 3). */
@NullMarked
package dev.relevo.common.registry;

import org.jspecify.annotations.NullMarked;
