/** Parts of a role that are started again when they crash. */
@NullMarked
package dev.relevo.common.supervision;

import org.jspecify.annotations.NullMarked;
