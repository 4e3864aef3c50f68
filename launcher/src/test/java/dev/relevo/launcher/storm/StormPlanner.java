package dev.relevo.launcher.storm;

import dev.relevo.launcher.Words;
import dev.relevo.launcher.storm.Fault.Kind;
import dev.relevo.launcher.storm.JobPlan.Again;
import dev.relevo.launcher.storm.JobPlan.Place;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/** Draws a storm: the same seed and length give the same one. */
final class StormPlanner {
  /** The deck of faults is dealt once in so long. */
  static final long ROUND_MS = 36_000;

  static final int FEWEST_JOBS = 220;

  /** What three nodes can do while one of them is always away. */
  private static final int JOBS_A_SECOND = 4;

  /** Each has to be made before and watched all the time. */
  private static final int MOST_TOPICS = 120;

  /** The broker goes away in each of so many rounds, the first included. */
  private static final int ROUNDS_WITH_ONE_BROKER = 5;

  private static final List<Kind> NODES_DECK =
      List.of(Kind.KILL, Kind.KILL, Kind.FREEZE, Kind.REPLACE, Kind.DRAIN, Kind.LEAVE);
  private static final List<Kind> DISPATCHERS_OTHERS = List.of(Kind.LEAVE, Kind.FREEZE, Kind.KILL);
  private static final List<Kind> BROKERS = List.of(Kind.LEAVE, Kind.KILL);
  private static final List<String> TENANTS = List.of("attica", "boeotia", "corinth", "default");

  private final long seed;
  private final long lengthMs;
  private final Random random;
  private int topics;

  private StormPlanner(long seed, long lengthMs) {
    this.seed = seed;
    this.lengthMs = lengthMs;
    this.random = new Random(seed);
  }

  /**
   * @param lengthMs at least one round
   */
  static StormPlan draw(long seed, long lengthMs) {
    StormPlanner planner = new StormPlanner(seed, Math.max(ROUND_MS, lengthMs));
    return new StormPlan(
        seed, planner.lengthMs, planner.jobs(), planner.poison(), planner.faults());
  }

  private List<JobPlan> jobs() {
    int count = (int) Math.max(FEWEST_JOBS, lengthMs * JOBS_A_SECOND / 1_000);
    List<JobPlan> jobs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      // The first come together, so that every node is busy from the beginning.
      long atMs = i < FEWEST_JOBS / 10 ? random.nextInt(1_000) : random.nextLong(lengthMs * 9 / 10);
      jobs.add(job("storm-%d-%04d".formatted(seed, i), atMs));
    }
    jobs.sort(Comparator.comparingLong(JobPlan::atMs));
    return jobs;
  }

  private JobPlan job(String id, long atMs) {
    boolean impatient = chance(4);
    boolean hurried = !impatient && chance(8);
    boolean cancelled = chance(12);
    String model = impatient ? JobPlan.NOBODYS_MODEL : model();
    return new JobPlan(
        id,
        random.nextInt(StormPlan.HOMES),
        chance(25) ? "batch" : "jobs",
        model,
        "%s %s".formatted(id, Words.count(hurried ? between(15, 70) : between(2, 40))),
        pick(List.of("seamless", "seamless", "seamless", "restart", "none")),
        attempts(model),
        pick(TENANTS),
        random.nextInt(10),
        place(),
        atMs,
        hurried ? between(1_000, 7_000) : JobPlan.NEVER,
        impatient ? between(500, 4_000) : JobPlan.NEVER,
        cancelled ? Math.max(0, atMs + between(-500, 7_000)) : JobPlan.NEVER,
        again(atMs));
  }

  /** The pauses between the attempts of a model that always breaks off grow with their number. */
  private int attempts(String model) {
    boolean many = chance(70) && !model.equals(JobPlan.FAILING_MODEL);
    return many ? 10 : random.nextInt(4);
  }

  private String model() {
    int drawn = random.nextInt(100);
    if (drawn < 55) {
      return "echo-slow";
    } else if (drawn < 80) {
      return "again-slow";
    } else if (drawn < 87) {
      return StormPlan.LONELY_MODEL;
    }
    return drawn < 95 ? "echo" : JobPlan.FAILING_MODEL;
  }

  private Place place() {
    if (chance(4)) {
      return Place.NONE;
    }
    if (topics < MOST_TOPICS && chance(20)) {
      topics++;
      return Place.TOPIC;
    }
    return Place.INBOX;
  }

  private List<Again> again(long atMs) {
    if (!chance(9)) {
      return List.of();
    }
    boolean elsewhere = topics < MOST_TOPICS && chance(30);
    if (elsewhere) {
      topics++;
    }
    return List.of(new Again(atMs + between(0, 9_000), elsewhere));
  }

  private List<PoisonPlan> poison() {
    List<PoisonPlan> poison = new ArrayList<>();
    for (long round = 0; round < lengthMs / ROUND_MS; round++) {
      for (PoisonPlan.Kind kind : PoisonPlan.Kind.values()) {
        for (int i = 0; i < 2; i++) {
          poison.add(
              new PoisonPlan(
                  "poison-%d-%d-%s-%d".formatted(seed, round, kind, i),
                  random.nextInt(StormPlan.HOMES),
                  random.nextBoolean() ? "jobs" : "batch",
                  kind,
                  round * ROUND_MS + random.nextLong(ROUND_MS)));
        }
      }
    }
    return poison;
  }

  private List<Fault> faults() {
    List<Fault> faults = new ArrayList<>();
    for (long round = 0; round < lengthMs / ROUND_MS; round++) {
      long fromMs = round * ROUND_MS;
      List<Kind> deck = new ArrayList<>(NODES_DECK);
      Collections.shuffle(deck, random);
      for (String node : StormPlan.NODES) {
        faults.add(nodeFault(node, deck.removeLast(), fromMs + between(3_000, 14_000)));
        faults.add(nodeFault(node, deck.removeLast(), fromMs + between(18_000, 30_000)));
      }
      List<String> dispatchers = new ArrayList<>(StormPlan.DISPATCHERS);
      Collections.shuffle(dispatchers, random);
      faults.add(
          new Fault(
              dispatchers.getFirst(),
              Kind.KILL,
              fromMs + between(4_000, 12_000),
              between(0, 4_000)));
      faults.add(
          new Fault(
              dispatchers.getLast(),
              pick(DISPATCHERS_OTHERS),
              fromMs + between(18_000, 28_000),
              between(500, 9_000)));
      if (round % ROUNDS_WITH_ONE_BROKER == 0) {
        faults.add(
            new Fault(
                StormPlan.BROKER,
                pick(BROKERS),
                fromMs + between(12_000, 24_000),
                between(0, 2_000)));
      }
    }
    faults.sort(Comparator.comparingLong(Fault::atMs));
    return faults;
  }

  /** Short enough not to be noticed, or long enough to be given up. */
  private Fault nodeFault(String node, Kind kind, long atMs) {
    return new Fault(node, kind, atMs, chance(30) ? between(200, 1_000) : between(1_000, 6_000));
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private int between(int from, int to) {
    return from + random.nextInt(to - from);
  }

  private <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
