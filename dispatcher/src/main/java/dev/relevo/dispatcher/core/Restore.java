package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.StateRecord;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a home's state at take-over (protocol section 4, Taking over). A record that stands after a
 * record of a higher epoch is void; compaction keeps the last, not the valid, so the valid one is
 * written again.
 */
final class Restore {
  private final Shard shard;
  private final Map<String, StateRecord.Job> jobs = new LinkedHashMap<>();
  private final Map<String, Long> epochs = new HashMap<>();
  private final Set<String> overwritten = new HashSet<>();
  private long highest;

  Restore(Shard shard) {
    this.shard = shard;
  }

  void read(long offset, long epoch, String key, @Nullable StateRecord record) {
    switch (record) {
      case StateRecord.Opened _ -> {
        highest = Math.max(highest, offset);
        if (offset < shard.epoch) {
          shard.mistrust();
        }
      }
      case StateRecord.Job job -> keep(key, job.epoch(), job);
      case null -> keep(key, epoch, null);
    }
  }

  private void keep(String key, long epoch, StateRecord.@Nullable Job job) {
    if (epoch < highest) {
      // Its own epoch's record may have been compacted away; what counts is that a higher one
      // stands before it.
      boolean olderIsKnown = epochs.getOrDefault(key, -1L) > epoch;
      if (olderIsKnown || jobs.containsKey(key)) {
        overwritten.add(key);
        return;
      }
    }
    overwritten.remove(key);
    epochs.put(key, epoch);
    if (job == null) {
      jobs.remove(key);
    } else {
      jobs.remove(key);
      jobs.put(key, job);
    }
  }

  void finish(Surroundings around, Moment now) {
    jobs.forEach((id, job) -> {
      if (job.status().isTerminal()) {
        shard.ended.put(id, EndedJob.of(job));
      } else {
        JobEntry entry = JobEntry.restore(id, job, shard.laneStart(job.lane()), now);
        // What waits outside stands in line when events are read to their end.
        boolean waitsOutside = entry.passed && entry.attempt == null;
        (waitsOutside ? shard.parked : shard.live).put(id, entry);
        if (entry.attempt != null) {
          around.fleet.take(entry.attempt.node, entry.attempt.incarnation);
        }
      }
      if (overwritten.contains(id)) {
        shard.emit(new Effect.WriteState(shard.home, shard.epoch, id, job, List.of()));
      }
    });
  }
}
