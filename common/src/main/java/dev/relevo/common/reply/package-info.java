/** The reader's rule of the reply stream, as a pure fold (protocol section 5). */
@NullMarked
package dev.relevo.common.reply;

import org.jspecify.annotations.NullMarked;
