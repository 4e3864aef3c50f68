package dev.relevo.operator;

import org.jspecify.annotations.Nullable;

/**
 * A job of a {@link JobPage}.
 *
 * @param job where it is
 * @param tenant whose it is; null when its lane has its record no longer
 * @param model what it asked for; null when nothing tells any more
 * @param submittedMs when its lane took it, epoch milliseconds; null as for its tenant
 */
public record ListedJob(
    KnownJob job, @Nullable String tenant, @Nullable String model, @Nullable Long submittedMs) {}
