package dev.relevo.operator;

import org.jspecify.annotations.Nullable;

/**
 * A job that was looked up by its id.
 *
 * @param job where it is
 * @param record its own record; null when its lane has it no longer, so that its tenant is not
 *     known any more
 */
public record FoundJob(KnownJob job, @Nullable JobRecord record) {}
