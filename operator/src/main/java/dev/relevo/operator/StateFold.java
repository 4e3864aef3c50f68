package dev.relevo.operator;

import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.StateRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What state says of a few jobs, as it is read, by the rule that makes records void. */
public final class StateFold {
  private final Set<String> ids;
  private final Map<Integer, StateIndex> homes = new HashMap<>();
  private final Map<String, Map<Integer, KnownJob>> jobs = new HashMap<>();

  /**
   * Knows nothing yet.
   *
   * @param ids whom to look at
   */
  public StateFold(Set<String> ids) {
    this.ids = Set.copyOf(ids);
  }

  /** Takes a record; those of one partition come in order. */
  void take(ConsumerRecord<String, byte[]> record) {
    StateIndex index = homes.computeIfAbsent(record.partition(), any -> new StateIndex(ids.size()));
    String key = String.valueOf(record.key());
    // Most are somebody else's: a look at the key is cheaper than one at the record.
    if (ids.contains(key) || key.equals(StateRecord.OPENED_KEY)) {
      StateEntry entry = StateEntry.of(record);
      if (index.read(entry, record.offset())) {
        keep(record, entry);
      }
    }
  }

  private void keep(ConsumerRecord<String, byte[]> record, StateEntry entry) {
    Map<Integer, KnownJob> byHome = jobs.computeIfAbsent(entry.id(), any -> new TreeMap<>());
    byHome.remove(record.partition());
    if (entry.kind() == StateEntry.Kind.TOMBSTONE) {
      return;
    }
    try {
      byHome.put(record.partition(), StateEntry.job(record));
    } catch (MalformedRecordException e) {
      // Not written by any dispatcher of this version: nothing is known from it.
      return;
    }
  }

  /** What is known of a job: nothing, one, or one for each home that it was put into. */
  public List<KnownJob> of(String id) {
    return new ArrayList<>(jobs.getOrDefault(id, Map.of()).values());
  }
}
