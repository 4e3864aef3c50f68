/** Runs jobs beside one or more model backends and streams their answers. */
@NullMarked
package dev.relevo.node;

import org.jspecify.annotations.NullMarked;
