package dev.relevo.node.kafka;

import dev.relevo.node.backend.Worker;
import dev.relevo.node.core.BackendBoard;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.clients.producer.Producer;

/**
 * What all attempts of a node share.
 *
 * @param pacer runs short tasks later: flushes of joined chunks
 * @param chunkLingerNanos how long pieces that come fast are joined
 */
record AttemptServices(
    Identity identity,
    Producer<String, byte[]> replies,
    EventSender events,
    BackendBoard board,
    Map<String, Worker> workers,
    ReadBack readBack,
    ReplyTopics replyTopics,
    HealthChecks health,
    ScheduledExecutorService pacer,
    NodeMetrics metrics,
    NodeTime time,
    long chunkLingerNanos) {}
