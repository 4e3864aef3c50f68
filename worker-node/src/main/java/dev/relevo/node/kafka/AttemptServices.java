package dev.relevo.node.kafka;

import dev.relevo.common.kafka.ReplyProducers;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.node.backend.Worker;
import dev.relevo.node.core.BackendBoard;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What all attempts of a node share.
 *
 * @param pacer runs short tasks later: flushes of joined chunks, claims that waited
 * @param chunkLingerNanos how long pieces that come fast are joined
 */
record AttemptServices(
    Identity identity,
    ReplyProducers replies,
    EventSender events,
    BackendBoard board,
    Map<String, Worker> workers,
    ReadBack readBack,
    ReplyTopics replyTopics,
    HealthChecks health,
    ScheduledExecutorService pacer,
    NodeMetrics metrics,
    NodeTime time,
    Supervisor parts,
    Story story,
    long chunkLingerNanos) {}
