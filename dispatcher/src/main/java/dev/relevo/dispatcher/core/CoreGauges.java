package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Lane;
import java.util.Map;

/**
 * How things stand in a dispatcher.
 *
 * @param homes home partitions it owns
 * @param waiting jobs without a node, by lane
 * @param parked those of them that wait outside the window
 * @param running jobs in the hands of nodes
 * @param remembered jobs that ended, of which a second submit runs nothing
 * @param windowJobs jobs kept with their bodies
 * @param windowBytes bytes of those bodies
 * @param readyNodes live nodes that take work
 */
public record CoreGauges(
    int homes,
    Map<Lane, Long> waiting,
    long parked,
    long running,
    long remembered,
    int windowJobs,
    long windowBytes,
    int readyNodes) {

  /** Of a dispatcher that owns nothing. */
  public static final CoreGauges NOTHING = new CoreGauges(0, Map.of(), 0, 0, 0, 0, 0, 0);

  public CoreGauges {
    waiting = Map.copyOf(waiting);
  }

  /** Jobs of a lane without a node. */
  public long waiting(Lane lane) {
    return waiting.getOrDefault(lane, 0L);
  }
}
