package dev.relevo.node.core;

/**
 * Leave for one call to one backend; {@link BackendBoard#ended} gives it back.
 *
 * @param backend its name
 * @param number of the backend as it was when the call began; see {@link BackendBoard#add}
 * @param era which of the breaker's times it belongs to
 * @param tokens how many the call was thought to use
 */
public record Ticket(String backend, int number, int era, long tokens) {}
