/**
 * Batches in OpenAI's shape over the batch lane. What is to be done is decided by values and folds
 * without I/O ({@link Batch}, {@link LineCheck}, {@link BatchProgress}); around them {@link
 * BatchOwner} takes the batches that the group gives this gateway, and {@link BatchRun} runs one.
 */
@NullMarked
package dev.relevo.gateway.batches;

import org.jspecify.annotations.NullMarked;
