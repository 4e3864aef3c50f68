/** Files that callers upload and batches write, kept in topics of their own. */
@NullMarked
package dev.relevo.gateway.files;

import org.jspecify.annotations.NullMarked;
