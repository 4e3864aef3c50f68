package dev.relevo.client;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Set;

/**
 * Who follows answers in one partition, and where the one consumer has to stand for them. Pure: the
 * loop reads where {@link #position} says, gives each record to those whom {@link #at} names, tells
 * by {@link #read} how far it came, and only then removes whose answers have ended.
 *
 * <p>Those at the <b>front</b> read what comes in. One who begins before it is <b>behind</b>: the
 * consumer goes back to his beginning, and when it is at the front again he is one of those there.
 * Meanwhile it visits the front every {@link #SLICE} records if there is something new, so that a
 * long way back stops nobody. Who would begin before those that are behind now <b>waits</b> until
 * they have come to the front: else there would be no end of going back while others come.
 */
final class FollowedPartition {
  /** Records read behind the front before it is looked after. */
  static final int SLICE = 4_000;

  private static final long NOWHERE = -1;

  private final List<Followed> waiting = new ArrayList<>();
  private final Set<Followed> doubtful = new HashSet<>();
  private Map<String, List<Followed>> ahead = new HashMap<>();
  private Map<String, List<Followed>> late = new HashMap<>();
  private long front;
  private long behind = NOWHERE;
  private boolean visiting;
  private int sliceRead;

  /** The furthest beginning of those at the front, or more. */
  private long furthestFrom;

  boolean isEmpty() {
    return ahead.isEmpty() && late.isEmpty() && waiting.isEmpty();
  }

  /** Whether somebody is behind the front. */
  boolean goesBack() {
    return behind != NOWHERE;
  }

  /** The offset that the consumer is to read next. */
  long position() {
    return isBehind() ? behind : front;
  }

  void add(Followed one) {
    furthestFrom = isEmpty() ? one.from() : Math.max(furthestFrom, one.from());
    if (one.endsBefore() != Long.MAX_VALUE) {
      doubtful.add(one);
    }
    if (isEmpty()) {
      front = one.from();
      put(ahead, one);
    } else if (one.from() >= front) {
      put(ahead, one);
    } else if (behind != NOWHERE && one.from() >= behind) {
      put(late, one);
    } else {
      waiting.add(one);
      settle();
    }
  }

  void remove(Followed one) {
    doubtful.remove(one);
    waiting.remove(one);
    take(ahead, one);
    take(late, one);
    settle();
  }

  /** Those who follow a job and have read all before an offset that was read now. */
  List<Followed> at(String key, long offset) {
    List<Followed> here = (isBehind() ? late : ahead).getOrDefault(key, List.of());
    if (!isBehind() || offset < front) {
      return here;
    }
    List<Followed> both = new ArrayList<>(here);
    both.addAll(ahead.getOrDefault(key, List.of()));
    return both;
  }

  /**
   * The consumer has read on.
   *
   * @param next the offset after what it read
   * @param records how many records that were
   * @param end as far as the partition is known to reach
   */
  void read(long next, int records, long end) {
    if (!isBehind()) {
      front = Math.max(front, next);
      visiting = false;
    } else {
      behind = Math.max(behind, next);
      sliceRead += records;
      if (behind >= front) {
        front = behind;
        late.values().forEach(all -> all.forEach(one -> put(ahead, one)));
        late.clear();
      } else if (sliceRead >= SLICE && end > front) {
        visiting = true;
        sliceRead = 0;
      }
    }
    settle();
  }

  /** Nothing came where the consumer stands: the front, if it is visited, has nothing new. */
  void nothingCame() {
    visiting = false;
  }

  /** Those whose answers should have ended before what is read now, and have not. */
  List<Followed> overdue() {
    if (doubtful.isEmpty()) {
      return List.of();
    }
    return doubtful.stream().filter(one -> hasRead(one) >= one.endsBefore()).toList();
  }

  /** Those who follow a job. */
  List<Followed> of(String key) {
    List<Followed> all = new ArrayList<>(ahead.getOrDefault(key, List.of()));
    all.addAll(late.getOrDefault(key, List.of()));
    waiting.stream().filter(one -> one.key().equals(key)).forEach(all::add);
    return all;
  }

  /** All of them. */
  List<Followed> all() {
    List<Followed> all = new ArrayList<>(waiting);
    ahead.values().forEach(all::addAll);
    late.values().forEach(all::addAll);
    return all;
  }

  private long hasRead(Followed one) {
    if (waiting.contains(one)) {
      return one.from();
    }
    return late.getOrDefault(one.key(), List.of()).contains(one) ? behind : front;
  }

  private boolean isBehind() {
    return behind != NOWHERE && !visiting;
  }

  /** Holds true: who is behind has somebody at the front, and nobody waits without need. */
  private void settle() {
    if (late.isEmpty()) {
      behind = NOWHERE;
      visiting = false;
      sliceRead = 0;
      if (!waiting.isEmpty()) {
        behind = waiting.stream().mapToLong(Followed::from).min().orElseThrow();
        waiting.forEach(one -> put(late, one));
        waiting.clear();
      }
    }
    if (ahead.isEmpty() && behind != NOWHERE) {
      front = behind;
      ahead = late;
      late = new HashMap<>();
      settle();
    } else if (furthestFrom > front) {
      skipWhatConcernsNobody();
    }
  }

  /** Of those at the front the first may begin later than the one who left. */
  private void skipWhatConcernsNobody() {
    LongSummaryStatistics begins =
        ahead.values().stream().flatMap(List::stream).mapToLong(Followed::from).summaryStatistics();
    furthestFrom = begins.getMax();
    if (begins.getCount() > 0) {
      front = Math.max(front, begins.getMin());
    }
  }

  private static void put(Map<String, List<Followed>> into, Followed one) {
    into.computeIfAbsent(one.key(), any -> new ArrayList<>(1)).add(one);
  }

  private static void take(Map<String, List<Followed>> from, Followed one) {
    List<Followed> all = from.get(one.key());
    if (all != null && all.remove(one) && all.isEmpty()) {
      from.remove(one.key());
    }
  }
}
