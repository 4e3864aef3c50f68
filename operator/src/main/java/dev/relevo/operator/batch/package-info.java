/** What batches of jobs share, wherever they come from: their lines, and their answers as lines. */
@NullMarked
package dev.relevo.operator.batch;

import org.jspecify.annotations.NullMarked;
