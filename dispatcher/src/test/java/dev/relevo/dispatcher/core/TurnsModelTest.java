package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.ofTenant;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.DispatcherSettings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The order of turns against the same rules written down in the plainest way: a list, looked
 * through from end to end. {@code -Drelevo.seeds=10000} runs more.
 */
class TurnsModelTest {
  private static final int SEEDS = Integer.getInteger("relevo.seeds", 300);
  private static final int STEPS = 200;
  private static final long AGEING_MS = 2_000;
  private static final Map<String, Integer> WEIGHTS = Map.of("a", 3, "b", 1, "c", 2);
  private static final DispatcherSettings SETTINGS =
      new SettingsLoader()
          .load(
              null,
              Map.of(
                  "RELEVO_DISPATCHER_AGEING", "2s",
                  "RELEVO_DISPATCHER_TENANTS", "a=3,b=1,c=2",
                  "RELEVO_DISPATCHER_WINDOW", "1000000"))
          .dispatcher();
  private static final List<String> TENANTS = List.of("a", "b", "c", "d");
  private static final List<List<String>> MODELS =
      List.of(List.of("x"), List.of("y"), List.of("none", "x"));

  private record Waiting(
      String job, Lane lane, String tenant, List<String> models, long rankMs, int number) {}

  /** One node with one place, and nothing clever. */
  private static final class Plain {
    final List<Waiting> waiting = new ArrayList<>();
    final Map<Lane, Long> clocks = new HashMap<>();
    final Map<String, Long> starts = new HashMap<>();

    /** Since when a tenant was not served in a line: joined it, or had a turn. */
    final Map<String, Integer> unserved = new HashMap<>();

    int count;

    static String line(Waiting job) {
      return job.lane + " " + job.models + " " + job.tenant;
    }

    void add(Waiting job) {
      if (waiting.stream().noneMatch(other -> line(other).equals(line(job)))) {
        unserved.put(line(job), count++);
      }
      waiting.add(job);
    }

    long start(Waiting job) {
      long clock = clocks.getOrDefault(job.lane, 0L);
      return Math.max(clock, starts.getOrDefault(job.lane + job.tenant, 0L));
    }

    @Nullable Waiting next() {
      Waiting best = null;
      for (Lane lane : Lane.values()) {
        for (List<String> models : MODELS) {
          Waiting head =
              waiting.stream()
                  .filter(job -> job.lane == lane && job.models.equals(models))
                  .min(
                      Comparator.comparingLong(this::start)
                          .thenComparingInt(job -> unserved.get(line(job)))
                          .thenComparingLong(Waiting::rankMs)
                          .thenComparingInt(Waiting::number))
                  .orElse(null);
          if (head != null && (best == null || isBefore(head, best))) {
            best = head;
          }
        }
        if (best != null) {
          break;
        }
      }
      if (best != null) {
        take(best);
      }
      return best;
    }

    boolean isBefore(Waiting one, Waiting other) {
      return Comparator.<Waiting>comparingLong(this::start)
              .thenComparingLong(Waiting::rankMs)
              .thenComparingInt(Waiting::number)
              .compare(one, other)
          < 0;
    }

    void take(Waiting job) {
      long start = start(job);
      clocks.put(job.lane, start);
      long turn = Shares.TURN / WEIGHTS.getOrDefault(job.tenant, 1);
      starts.put(job.lane + job.tenant, start + turn);
      waiting.remove(job);
      unserved.put(line(job), count++);
    }
  }

  @Test
  void everyTurnIsTheOneThatThePlainRulesGive() {
    int turns = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      turns += history(seed);
    }
    assertThat(turns).isGreaterThan(SEEDS * STEPS / 4);
  }

  private static int history(long seed) {
    Random random = new Random(seed);
    House house = new House(SETTINGS, 0);
    Plain plain = new Plain();
    house.node("n1", "1", NodeBeat.State.READY, 1, "x", "y");
    List<String> expected = new ArrayList<>();
    boolean running = false;
    int jobs = 0;
    for (int step = 0; step < STEPS; step++) {
      int what = random.nextInt(10);
      if (what < 5) {
        Waiting job = submit(house, random, jobs++);
        plain.add(job);
      } else if (what < 9 && running) {
        house.finishLast();
        running = false;
      } else if (what == 9) {
        house.pass(random.nextInt(4) * 500L, "n1");
      }
      house.beatsAgain("n1", running ? fenceOf(house) : new Fence[0]);
      Waiting next = running ? null : plain.next();
      if (next != null) {
        running = true;
        expected.add(next.job);
      }
      assertThat(house.given()).as("seed %s, step %s", seed, step).isEqualTo(expected);
    }
    return expected.size();
  }

  private static Fence[] fenceOf(House house) {
    return new Fence[] {house.lastAssign().assignment().fence()};
  }

  private static Waiting submit(House house, Random random, int number) {
    String tenant = TENANTS.get(random.nextInt(TENANTS.size()));
    int priority = random.nextInt(10);
    List<String> models = MODELS.get(random.nextInt(MODELS.size()));
    Lane lane = random.nextInt(4) == 0 ? Lane.BATCH : Lane.JOBS;
    String job = "job-" + number;
    JobHeaders headers = ofTenant(tenant, priority, models.toArray(String[]::new));
    long rankMs = house.now().epochMs() + priority * AGEING_MS;
    house.record(lane, number, job, headers, "{}");
    return new Waiting(job, lane, tenant, models, rankMs, number);
  }
}
