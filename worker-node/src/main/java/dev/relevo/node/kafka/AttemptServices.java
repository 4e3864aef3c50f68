package dev.relevo.node.kafka;

import dev.relevo.common.kafka.ReplyProducers;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.node.core.BackendBoard;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What all attempts of a node share.
 *
 * @param changed runs when others must be told how a backend is; quick
 * @param pacer runs short tasks later: flushes of joined chunks, claims that waited
 * @param chunkLingerNanos how long pieces that come fast are joined
 */
record AttemptServices(
    Identity identity,
    ReplyProducers replies,
    EventSender events,
    BackendBoard board,
    Backends backends,
    ReadBack readBack,
    ReplyTopics replyTopics,
    HealthChecks health,
    Runnable changed,
    ScheduledExecutorService pacer,
    NodeMetrics metrics,
    PoolMetrics pool,
    NodeTime time,
    Supervisor parts,
    Story story,
    long chunkLingerNanos) {}
