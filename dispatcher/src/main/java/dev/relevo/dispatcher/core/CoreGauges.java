package dev.relevo.dispatcher.core;

/**
 * How things stand in a dispatcher.
 *
 * @param homes home partitions it owns
 * @param waiting jobs without a node
 * @param parked those of them that wait outside the window
 * @param running jobs in the hands of nodes
 * @param remembered jobs that ended, of which a second submit runs nothing
 * @param windowJobs jobs kept with their bodies
 * @param windowBytes bytes of those bodies
 * @param readyNodes live nodes that take work
 */
public record CoreGauges(
    int homes,
    long waiting,
    long parked,
    long running,
    long remembered,
    int windowJobs,
    long windowBytes,
    int readyNodes) {}
