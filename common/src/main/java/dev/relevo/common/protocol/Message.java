package dev.relevo.common.protocol;

/**
 * What stands as JSON in one of Relevo's own topics. Job lanes and assignments carry a request body
 * instead, and say what routing needs in headers.
 */
public sealed interface Message
    permits ReplyRecord, EventRecord, BeatRecord, ControlRecord, StateRecord, DeadLetter {}
