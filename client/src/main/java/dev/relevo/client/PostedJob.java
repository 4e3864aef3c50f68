package dev.relevo.client;

import dev.relevo.common.protocol.ReplyPlace;

/**
 * A job that Kafka has, whose answer the process that posted it does not read.
 *
 * @param id the job's id
 * @param place where its answer will stand; any process can follow it there
 */
public record PostedJob(String id, ReplyPlace place) {}
