/** The HTTP door to Relevo, as a whole. */
@NullMarked
package dev.relevo.gateway;

import org.jspecify.annotations.NullMarked;
