package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Lane;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;

/** Counts what there is, for metrics. */
final class Census {
  private Census() {}

  static CoreGauges take(Collection<Shard> shards, Surroundings around) {
    Map<Lane, Long> waiting = new EnumMap<>(Lane.class);
    for (Lane lane : Lane.values()) {
      waiting.put(lane, (long) around.parking.parked(lane));
    }
    long running = 0;
    long remembered = 0;
    for (Shard shard : shards) {
      remembered += shard.ended.size();
      for (JobEntry entry : shard.live.values()) {
        if (entry.attempt == null) {
          waiting.merge(entry.lane, 1L, Long::sum);
        } else {
          running++;
        }
      }
    }
    return new CoreGauges(
        shards.size(),
        waiting,
        around.parking.parked(),
        running,
        remembered,
        around.window.jobs(),
        around.window.bytes(),
        around.fleet.ready());
  }
}
