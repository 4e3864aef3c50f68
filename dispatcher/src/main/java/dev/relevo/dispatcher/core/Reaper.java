package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.JobIds;
import dev.relevo.common.protocol.ReplyPlace;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Says which reply topics go (protocol section 7). It remembers next to nothing: from time to time
 * it is given the topics that there are, and holds them against the jobs that the shards know, so
 * whoever takes a home over goes on where the last owner was.
 *
 * <p>A topic named after a job that ended goes with it. Of one with another name it is looked at
 * first whether anything was written lately, for jobs of homes that somebody else owns may be
 * answered there. What no job here knows is the matter of the owner of home 0, and goes by its own
 * retention, which is longer than any of its jobs lives.
 */
public final class Reaper {
  /** Topics deleted after one listing; the rest waits for the next one. */
  static final int MAX_DELETED = 2_000;

  /** Topics looked at after one listing. */
  static final int MAX_LOOKED_AT = 200;

  /** No job lives longer than its record stands in its lane; so long counts retention at most. */
  static final long LONGEST_MS = TimeUnit.DAYS.toMillis(7);

  /** A reply topic's retention is at least an hour, so nothing younger needs to be looked at. */
  private static final long SHORTEST_MS = TimeUnit.HOURS.toMillis(1);

  private final Surroundings around;
  private final long retentionMs;
  private final String replies;

  /** What the last plan has looked at. */
  private final Set<String> lookedAt = new HashSet<>();

  /** When an unknown topic is worth another look, epoch milliseconds. */
  private final Map<String, Long> notBefore = new HashMap<>();

  /** Since when a topic without a readable age was seen to be empty, epoch milliseconds. */
  private final Map<String, Long> emptySince = new HashMap<>();

  /** Topics of jobs that ended, which are looked at because they are named after something else. */
  private final Set<String> endedHere = new HashSet<>();

  Reaper(Surroundings around) {
    this.around = around;
    this.retentionMs = around.settings.replyRetention().toMillis();
    this.replies = around.topics.replies("");
  }

  /**
   * What is to be done now.
   *
   * @param delete topics that nobody needs any more
   * @param look topics to look at: {@link DispatcherCore#reapSeen} says which of them go
   */
  public record Plan(List<String> delete, List<String> look) {}

  /**
   * What was seen of a topic.
   *
   * @param retentionMs its {@code retention.ms}; negative for endless
   * @param newestMs when the newest record was written, epoch milliseconds; negative where there is
   *     none
   */
  public record Seen(long retentionMs, long newestMs) {}

  /** The last end of a job that was answered in a topic. */
  private static final class Use {
    long endedAtMs;
    boolean named;
    boolean settled = true;
  }

  /**
   * @param lanesRead whether a home's lanes are read to their end: a job that is not read yet may
   *     be answered in a topic that others are done with, as a replay is
   */
  Plan plan(
      Collection<String> topics, Collection<Shard> shards, IntPredicate lanesRead, Moment now) {
    Set<String> listed = new TreeSet<>(topics);
    listed.removeIf(topic -> !around.topics.isReplyPlace(topic));
    notBefore.keySet().retainAll(listed);
    emptySince.keySet().retainAll(listed);
    endedHere.clear();
    Set<String> used = used(shards);
    Map<String, Use> ended = ended(listed, shards, lanesRead);
    boolean ownsAll = shards.stream().anyMatch(shard -> shard.home == 0);
    Plan plan = new Plan(new ArrayList<>(), new ArrayList<>());
    for (String topic : listed) {
      Use use = ended.get(topic);
      if (used.contains(topic)) {
        continue;
      }
      if (use != null) {
        ended(topic, use, plan, now);
      } else if (ownsAll && isWorthALook(topic, now) && plan.look.size() < MAX_LOOKED_AT) {
        plan.look.add(topic);
      }
    }
    lookedAt.clear();
    lookedAt.addAll(plan.look);
    return plan;
  }

  private void ended(String topic, Use use, Plan plan, Moment now) {
    if (!use.settled || now.epochMs() - use.endedAtMs < retentionMs) {
      return;
    }
    if (use.named && plan.delete.size() < MAX_DELETED) {
      plan.delete.add(topic);
    } else if (!use.named && plan.look.size() < MAX_LOOKED_AT) {
      endedHere.add(topic);
      plan.look.add(topic);
    }
  }

  /** Which of those that were looked at go. */
  List<String> seen(Map<String, Seen> seen, Collection<Shard> shards, Moment now) {
    Set<String> used = used(shards);
    List<String> delete = new ArrayList<>();
    seen.forEach((topic, what) -> {
      if (!used.contains(topic) && isDue(topic, what, now.epochMs())) {
        delete.add(topic);
      }
    });
    lookedAt.removeAll(seen.keySet());
    // Kafka does not tell us of them, maybe never: others get their turn.
    lookedAt.forEach(topic -> notBefore.put(topic, now.epochMs() + SHORTEST_MS));
    lookedAt.clear();
    return delete;
  }

  private boolean isDue(String topic, Seen seen, long nowMs) {
    if (endedHere.contains(topic)) {
      return nowMs - seen.newestMs >= retentionMs;
    }
    long keepMs = seen.retentionMs < 0 ? LONGEST_MS : Math.min(seen.retentionMs, LONGEST_MS);
    if (seen.newestMs >= 0) {
      emptySince.remove(topic);
      notBefore.put(topic, seen.newestMs + keepMs);
      return nowMs - seen.newestMs >= keepMs && isOlderThan(topic, 2 * keepMs, nowMs);
    }
    OptionalLong madeAtMs = madeAtMs(topic);
    if (madeAtMs.isPresent()) {
      // It may have been made ahead, and its first job may wait for as long again.
      notBefore.put(topic, madeAtMs.getAsLong() + 2 * keepMs);
      return nowMs - madeAtMs.getAsLong() >= 2 * keepMs;
    }
    return nowMs - emptySince.computeIfAbsent(topic, any -> nowMs) >= keepMs;
  }

  private boolean isOlderThan(String topic, long ageMs, long nowMs) {
    OptionalLong madeAtMs = madeAtMs(topic);
    return madeAtMs.isEmpty() || nowMs - madeAtMs.getAsLong() >= ageMs;
  }

  private boolean isWorthALook(String topic, Moment now) {
    return now.epochMs() >= notBefore.getOrDefault(topic, 0L)
        && isOlderThan(topic, 2 * SHORTEST_MS, now.epochMs());
  }

  private OptionalLong madeAtMs(String topic) {
    return topic.startsWith(replies)
        ? JobIds.madeAtMs(topic.substring(replies.length()))
        : OptionalLong.empty();
  }

  private static Set<String> used(Collection<Shard> shards) {
    Set<String> used = new HashSet<>();
    for (Shard shard : shards) {
      shard.live.values().forEach(entry -> add(used, entry.replyPlace()));
      shard.parked.values().forEach(entry -> add(used, entry.replyPlace()));
    }
    return used;
  }

  private static void add(Set<String> used, @Nullable ReplyPlace place) {
    if (place != null) {
      used.add(place.topic());
    }
  }

  private Map<String, Use> ended(
      Set<String> listed, Collection<Shard> shards, IntPredicate lanesRead) {
    Set<String> known = new HashSet<>(listed);
    known.removeIf(topic -> !topic.startsWith(replies));
    Map<String, Use> uses = new HashMap<>();
    for (Shard shard : shards) {
      boolean settled = lanesRead.test(shard.home);
      shard.ended.forEach((job, end) -> {
        String topic = end.replyTopic();
        if (topic != null && known.contains(topic)) {
          Use use = uses.computeIfAbsent(topic, any -> new Use());
          use.endedAtMs = Math.max(use.endedAtMs, end.endedAtMs());
          use.named |= topic.length() == replies.length() + job.length() && topic.endsWith(job);
          use.settled &= settled;
        }
      });
    }
    return uses;
  }
}
