/** Keeps keys and passwords out of whatever is shown, logged or sent. */
@NullMarked
package dev.relevo.common.secrets;

import org.jspecify.annotations.NullMarked;
