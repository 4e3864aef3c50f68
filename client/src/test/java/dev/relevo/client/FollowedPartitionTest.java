package dev.relevo.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.ReplyPlace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FollowedPartitionTest {
  private final FollowedPartition partition = new FollowedPartition();

  private static Followed one(String job, long from) {
    return one(job, from, Long.MAX_VALUE);
  }

  private static Followed one(String job, long from, long endsBefore) {
    return new Followed(
        new OpenJob(
            job,
            new ReplyPlace("relevo.inbox.x", 0, from),
            Long.MAX_VALUE,
            -1,
            1,
            null,
            Runnable::run),
        from,
        endsBefore);
  }

  @Test
  void goesBackForOneWhoBeginsEarlierAndThenReadsOn() {
    Followed first = one("a", 100);
    Followed second = one("b", 50);
    partition.add(first);
    assertThat(partition.position()).isEqualTo(100);
    partition.read(200, 100, 200);
    partition.add(second);

    assertThat(partition.position()).isEqualTo(50);
    assertThat(partition.at("a", 150)).isEmpty();
    assertThat(partition.at("b", 150)).containsExactly(second);
    // What is new in the same batch is new to all.
    assertThat(partition.at("a", 200)).containsExactly(first);
    partition.read(201, 151, 201);
    assertThat(partition.at("a", 201)).containsExactly(first);
    assertThat(partition.at("b", 201)).containsExactly(second);
    assertThat(partition.goesBack()).isFalse();
  }

  @Test
  void whoWouldGoBackFurtherWaitsForThoseWhoAreOnTheirWay() {
    partition.add(one("a", 500));
    partition.add(one("b", 100));
    partition.read(200, 100, 500);
    Followed waiting = one("c", 150);
    partition.add(waiting);
    partition.add(one("d", 300));
    assertThat(partition.of("c")).containsExactly(waiting);
    assertThat(partition.of("d")).hasSize(1);
    assertThat(partition.of("a")).hasSize(1);

    assertThat(partition.position()).isEqualTo(200);
    assertThat(partition.at("d", 300)).hasSize(1);
    assertThat(partition.at("c", 300)).isEmpty();
    partition.read(500, 300, 500);
    assertThat(partition.position()).isEqualTo(150);
    partition.read(500, 350, 500);
    assertThat(partition.position()).isEqualTo(500);
  }

  @Test
  void looksAfterTheFrontOnALongWayBack() {
    partition.add(one("front", 100_000));
    partition.add(one("old", 0));
    partition.read(3_999, 3_999, 100_010);
    assertThat(partition.position()).isEqualTo(3_999);
    partition.read(4_000, 1, 100_010);

    assertThat(partition.position()).isEqualTo(100_000);
    assertThat(partition.at("front", 100_000)).hasSize(1);
    assertThat(partition.at("old", 100_000)).isEmpty();
    partition.read(100_010, 10, 100_010);
    assertThat(partition.position()).isEqualTo(4_000);
    // Nothing new at the front: no reason to go there.
    partition.read(9_000, 5_000, 100_010);
    assertThat(partition.position()).isEqualTo(9_000);
    partition.read(9_001, 1, 100_011);
    assertThat(partition.position()).isEqualTo(100_010);
    partition.nothingCame();
    assertThat(partition.position()).isEqualTo(9_001);
  }

  @Test
  void leavesOutWhatConcernsNobody() {
    Followed old = one("old", 0);
    Followed recent = one("recent", 900);
    partition.add(old);
    partition.add(recent);
    partition.read(10, 10, 1_000);
    partition.remove(old);
    assertThat(partition.position()).isEqualTo(900);

    partition.add(old);
    assertThat(partition.position()).isZero();
    partition.remove(old);
    assertThat(partition.position()).isEqualTo(900);
    partition.remove(recent);
    assertThat(partition.isEmpty()).isTrue();
  }

  @Test
  void tellsWhoseAnswerShouldHaveEnded() {
    Followed cut = one("cut", 10, 20);
    partition.add(one("a", 100));
    partition.add(cut);
    partition.read(19, 9, 100);
    assertThat(partition.overdue()).isEmpty();
    partition.read(20, 1, 100);
    assertThat(partition.overdue()).containsExactly(cut);

    partition.remove(cut);
    Followed later = one("later", 40, 50);
    partition.add(later);
    assertThat(partition.overdue()).isEmpty();
    partition.read(100, 60, 100);
    assertThat(partition.overdue()).containsExactly(later);
  }

  @Test
  void whereNothingIsLeftEveryAnswerShouldHaveEnded() {
    Followed cut = one("cut", 40, 40);
    partition.add(cut);

    assertThat(partition.overdue()).containsExactly(cut);
  }

  /** Whatever the order of things, each is given all records of its job, once and in order. */
  @Test
  void eachIsGivenAllOfItsOwnInOrder() {
    for (int seed = 0; seed < 40; seed++) {
      new Play(seed).run();
    }
  }

  private static final class Play {
    private final Random random;
    private final int seed;
    private final FollowedPartition partition = new FollowedPartition();
    private final List<String> log = new ArrayList<>();
    private final Map<Followed, List<Long>> given = new HashMap<>();
    private final List<Followed> here = new ArrayList<>();

    Play(int seed) {
      this.seed = seed;
      this.random = new Random(seed);
    }

    void run() {
      for (int step = 0; step < 100; step++) {
        switch (random.nextInt(5)) {
          case 0 -> add();
          case 1 -> remove();
          case 2 -> write(random.nextInt(3_000));
          default -> read();
        }
      }
      int reads = 0;
      while (here.stream().anyMatch(one -> given.get(one).size() < wanted(one).size())) {
        read();
        assertThat(reads++).as("seed %d ends", seed).isLessThan(10_000);
      }
      here.forEach(one ->
          assertThat(given.get(one)).as("seed %d, %s", seed, one.key()).isEqualTo(wanted(one)));
    }

    private void write(int records) {
      for (int i = 0; i < records; i++) {
        log.add("job" + random.nextInt(5));
      }
    }

    private void add() {
      Followed one = one("job" + random.nextInt(5), random.nextInt(log.size() + 1));
      here.add(one);
      given.put(one, new ArrayList<>());
      partition.add(one);
    }

    private void remove() {
      if (!here.isEmpty()) {
        Followed one = here.remove(random.nextInt(here.size()));
        partition.remove(one);
      }
    }

    private void read() {
      if (here.isEmpty()) {
        return;
      }
      int from = (int) partition.position();
      int records = Math.min(log.size() - from, 1 + random.nextInt(1_000));
      if (records == 0) {
        partition.nothingCame();
        return;
      }
      for (int offset = from; offset < from + records; offset++) {
        for (Followed one : partition.at(log.get(offset), offset)) {
          take(one, offset);
        }
      }
      partition.read(from + records, records, log.size());
    }

    /** As the reader's rule does: what stands before what it has read is no news. */
    private void take(Followed one, long offset) {
      List<Long> so = given.get(one);
      if (offset >= one.from() && (so.isEmpty() || so.getLast() < offset)) {
        so.add(offset);
      }
    }

    private List<Long> wanted(Followed one) {
      List<Long> all = new ArrayList<>();
      for (long offset = one.from(); offset < log.size(); offset++) {
        if (log.get((int) offset).equals(one.key())) {
          all.add(offset);
        }
      }
      return all;
    }
  }
}
