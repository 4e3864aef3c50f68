package dev.relevo.simulation;

import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Lane;
import dev.relevo.simulation.Happening.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Draws a run from a seed. */
final class Planner {
  private static final long HEALS_AT_MS = 16_000;
  private static final int CODEC_EVERY = 16;
  private static final List<String> STRATEGIES =
      List.of(
          "local-first", "round-robin", "random", "weighted", "least-loaded", "fastest", "sticky");

  private final long seed;
  private final Dice dice;
  private final List<Happening> happenings = new ArrayList<>();
  private final Map<String, Job> jobs = new LinkedHashMap<>();
  private final boolean forgetful;
  private final boolean crowded;
  private final Shape shape;

  private Planner(long seed) {
    this.seed = seed;
    this.dice = new Dice(seed, "plan");
    this.forgetful = dice.chance(8);
    this.crowded = dice.chance(30);
    this.shape = shape();
  }

  static Plan plan(long seed) {
    return new Planner(seed).plan();
  }

  private Plan plan() {
    for (String dispatcher : shape.dispatchers()) {
      add(dice.between(0, 400), Kind.START_DISPATCHER, dispatcher, 0, 0);
    }
    for (NodeShape node : shape.nodes()) {
      boolean late = dice.chance(15);
      add(
          late ? dice.between(0, 12_000) : dice.between(0, 200),
          Kind.START_NODE,
          node.name(),
          0,
          0);
    }
    int count = crowded ? dice.between(12, 24) : dice.between(4, 16);
    boolean burst = dice.chance(crowded ? 60 : 20);
    for (int i = 0; i < count; i++) {
      submit("job-" + i, burst ? dice.between(1_500, 2_500) : dice.between(0, 12_000));
    }
    int faults = dice.chance(10) ? 0 : dice.between(1, 12);
    for (int i = 0; i < faults; i++) {
      fault(dice.between(1_000, (int) HEALS_AT_MS - 500));
    }
    orders();
    poison();
    retention();
    replays();
    calm(count);
    happenings.sort(null);
    boolean codec = Math.floorMod(seed, CODEC_EVERY) == 0;
    return new Plan(seed, codec, shape, jobs, List.copyOf(happenings), HEALS_AT_MS);
  }

  private void add(long atMs, Kind kind, String who, long amount, long forMs) {
    happenings.add(new Happening(atMs, kind, who, amount, forMs));
  }

  private Shape shape() {
    List<String> dispatchers = new ArrayList<>();
    int count = dice.chance(20) ? 1 : dice.between(2, 3);
    for (int i = 0; i < count; i++) {
      dispatchers.add("dispatcher-" + i);
    }
    List<NodeShape> nodes = new ArrayList<>();
    int many = dice.between(1, 4);
    for (int i = 0; i < many; i++) {
      nodes.add(node("node-" + i, i));
    }
    return new Shape(
        dice.between(1, 3),
        dice.between(1, 3),
        dice.pick(STRATEGIES),
        forgetful ? 0 : 86_400_000L,
        forgetful ? dice.between(0, 3) : 1_000,
        dice.between(2, 6),
        dice.chance(20) ? dice.between(1, 3) : 100,
        dice.chance(5) ? 2 : 100_000,
        List.copyOf(dispatchers),
        List.copyOf(nodes));
  }

  private NodeShape node(String name, int number) {
    List<NodeShape.BackendShape> backends = new ArrayList<>();
    int many = dice.between(1, 2);
    for (int i = 0; i < many; i++) {
      // The first node serves everything, so that every job can end.
      List<String> models =
          number == 0 || dice.chance(50) ? List.of("small", "large") : List.of("small");
      backends.add(
          new NodeShape.BackendShape("backend-" + i, 10 + i * 40, dice.chance(50), models));
    }
    return new NodeShape(name, dice.between(1, 3), dice.between(0, 3_000), List.copyOf(backends));
  }

  private void submit(String id, long atMs) {
    int home = dice.between(0, shape.homes() - 1);
    Place reply =
        switch (dice.between(0, 9)) {
          case 0 -> null;
          case 1, 2, 3 -> new Place(House.INBOX, dice.between(0, shape.homes() - 1));
          default -> new Place("relevo.replies." + id, 0);
        };
    int asked = dice.between(0, 19);
    List<String> models =
        switch (asked) {
          case 0, 1 -> List.of("large", "small");
          case 2, 3, 4, 5 -> List.of("large");
          case 6 -> List.of(House.NOBODYS);
          default -> List.of("small");
        };
    boolean due = dice.chance(25) || asked == 6;
    Job job =
        new Job(
            id,
            dice.chance(75) ? Lane.JOBS : Lane.BATCH,
            home,
            reply,
            models,
            dice.chance(60) ? Failover.SEAMLESS : dice.pick(List.of(Failover.values())),
            due ? Long.valueOf(dice.between(1_500, 9_000)) : null,
            dice.chance(10) ? Long.valueOf(dice.between(500, 5_000)) : null,
            dice.chance(20) ? Integer.valueOf(dice.between(1, 5)) : null,
            dice.chance(85),
            tenant(),
            priority());
    jobs.put(id, job);
    add(atMs, Kind.SUBMIT, id, 0, 0);
    if (dice.chance(12)) {
      // Now and then before the job itself.
      add(Math.max(0, atMs + dice.between(-400, 4_000)), Kind.CANCEL, id, 0, 0);
    }
    if (!forgetful && dice.chance(12)) {
      Kind kind = dice.pick(List.of(Kind.SUBMIT_AGAIN, Kind.SUBMIT_ELSEWHERE, Kind.SUBMIT_FOREIGN));
      if (kind != Kind.SUBMIT_FOREIGN || shape.homes() > 1) {
        add(atMs + dice.between(5, 6_000), kind, id, 0, 0);
      }
    }
    if (reply != null && !reply.topic().equals(House.INBOX) && dice.chance(5)) {
      add(atMs + dice.between(100, 4_000), Kind.DELETE_PLACE, id, 0, 0);
    }
  }

  /** One has most of the jobs, where there are several. */
  private String tenant() {
    if (!crowded) {
      return JobHeaders.DEFAULT_TENANT;
    }
    return dice.chance(80) ? "busy" : dice.pick(List.of("small", "tiny"));
  }

  private int priority() {
    return crowded && dice.chance(50) ? dice.between(0, 9) : JobHeaders.DEFAULT_PRIORITY;
  }

  /** Pauses and resumes of lanes. */
  private void orders() {
    if (dice.chance(15)) {
      String lane = dice.pick(List.of(Lane.values())).name();
      int atMs = dice.between(500, 10_000);
      add(atMs, Kind.PAUSE, lane, 0, 0);
      add(atMs + dice.between(500, 6_000), Kind.RESUME, lane, 0, 0);
    }
  }

  private void poison() {
    if (dice.chance(20)) {
      List<Happening> submits =
          happenings.stream().filter(each -> each.kind() == Kind.SUBMIT).toList();
      for (int i = dice.between(1, 4); i > 0; i--) {
        Happening like = dice.pick(submits);
        long atMs = like.atMs() + dice.between(20, 4_000);
        int kind = dice.between(0, Poison.KINDS - 1);
        add(atMs, Kind.MALFORMED, like.who(), kind, dice.between(0, 1));
      }
    }
    if (dice.chance(15)) {
      for (int i = dice.between(1, 3); i > 0; i--) {
        String where =
            dice.pick(List.of(House.EVENTS, House.BEATS, House.CONTROL.topic(), House.INBOX));
        add(dice.between(500, (int) HEALS_AT_MS), Kind.GARBAGE, partition(where), 0, 0);
      }
    }
  }

  /** Each kind of records may go when nobody who is still somebody can need them. */
  private void retention() {
    if (dice.chance(25)) {
      for (int i = dice.between(1, 3); i > 0; i--) {
        int atMs = dice.between(5_000, (int) HEALS_AT_MS + 4_000);
        switch (dice.between(0, 6)) {
          case 0, 1, 2 ->
              retain(atMs, dice.chance(70) ? House.JOBS : House.BATCH, dice.between(500, 6_000));
          case 3 -> retain(atMs, House.EVENTS, dice.between(8_000, 12_000));
          case 4 -> retain(atMs, House.ASSIGNMENTS, dice.between(1_000, 6_000));
          case 5 -> retain(atMs, House.INBOX, 0);
          default -> retain(HEALS_AT_MS + 3_000, House.CONTROL.topic(), 15_000);
        }
      }
    }
  }

  private void retain(long atMs, String topic, long olderThanMs) {
    add(atMs, Kind.RETAIN, partition(topic), olderThanMs, 0);
  }

  private void replays() {
    if (dice.chance(35)) {
      for (int i = dice.between(1, 3); i > 0; i--) {
        String manner = dice.pick(List.of(DeadTool.Manner.values())).name();
        int atMs = dice.between(4_000, 26_000);
        // Old ones are known to who has looked before.
        add(atMs, Kind.REPLAY, manner, 0, 0);
        if (dice.chance(40)) {
          // Before the replay it does not mean it, behind it does.
          String job = dice.pick(List.copyOf(jobs.keySet()));
          add(atMs + dice.between(-2_000, 2_000), Kind.CANCEL, job, 0, 0);
        }
      }
    }
  }

  /** Long after all faults: jobs whose time is short, and cancels. */
  private void calm(int before) {
    if (!dice.chance(30)) {
      return;
    }
    int from = (int) (HEALS_AT_MS + Calm.SETTLES_MS);
    for (int i = dice.between(2, 5); i > 0; i--) {
      String id = "job-" + (before + i);
      int atMs = dice.between(from, from + 4_000);
      boolean hopeless = dice.chance(20);
      boolean due = hopeless || dice.chance(50);
      int home = dice.between(0, shape.homes() - 1);
      jobs.put(
          id,
          new Job(
              id,
              dice.pick(List.of(Lane.values())),
              home,
              new Place("relevo.replies." + id, 0),
              List.of(hopeless ? House.NOBODYS : dice.pick(List.of("small", "large"))),
              Failover.SEAMLESS,
              due ? Long.valueOf(dice.between(300, 3_000)) : null,
              hopeless && dice.chance(50) ? Long.valueOf(dice.between(200, 2_000)) : null,
              null,
              true,
              JobHeaders.DEFAULT_TENANT,
              JobHeaders.DEFAULT_PRIORITY));
      add(atMs, Kind.SUBMIT, id, 0, 0);
      if (!due || dice.chance(20)) {
        add(atMs + dice.between(-50, 2_000), Kind.CANCEL, id, 0, 0);
      }
    }
  }

  private void fault(long atMs) {
    String node = dice.pick(shape.nodes()).name();
    String dispatcher = dice.pick(shape.dispatchers());
    String process = dice.chance(50) ? node : dispatcher;
    int restartMs = dice.between(200, 9_000);
    switch (dice.between(0, 19)) {
      case 0, 1 -> add(atMs, Kind.KILL_NODE, node, 0, restartMs);
      case 2, 3 -> add(atMs, Kind.KILL_NODE_AT_WRITE, node, dice.between(0, 12), restartMs);
      case 4 -> add(atMs, Kind.FREEZE_NODE, node, 0, dice.between(200, 9_000));
      case 5 -> add(atMs, Kind.DRAIN_NODE, node, 0, 0);
      case 6 -> add(atMs, Kind.KILL_DISPATCHER, dispatcher, 0, restartMs);
      case 7, 8, 9 ->
          add(atMs, Kind.KILL_DISPATCHER_AT_WRITE, dispatcher, dice.between(0, 15), restartMs);
      case 10, 11, 12 ->
          add(atMs, Kind.FREEZE_DISPATCHER, dispatcher, 0, dice.between(500, 12_000));
      case 13 -> add(atMs, Kind.STOP_DISPATCHER, dispatcher, 0, 0);
      case 14 ->
          add(
              atMs,
              Kind.JUMP_CLOCK,
              process,
              dice.between(-8_000, 8_000),
              dice.between(100, 6_000));
      case 15 -> add(atMs, Kind.SLOW, process, 0, untilHealed(atMs, dice.between(200, 5_000)));
      case 16 -> add(atMs, Kind.LOSE_ACKS, process, 0, untilHealed(atMs, dice.between(100, 9_000)));
      case 17 -> add(atMs, Kind.BACKEND_AWAY, node, dice.between(0, 1), dice.between(200, 6_000));
      case 18 -> {
        if (dice.chance(70)) {
          add(atMs, Kind.PARTITION_AWAY, somePartition(), 0, dice.between(200, 7_000));
        } else {
          add(atMs, Kind.BROKERS_AWAY, "all", 0, dice.between(200, 5_000));
        }
      }
      default -> add(atMs, Kind.COMPACT, "state", 0, 0);
    }
  }

  private static long untilHealed(long atMs, long forMs) {
    return Math.min(forMs, HEALS_AT_MS - atMs);
  }

  private String somePartition() {
    return partition(
        dice.pick(
            List.of(
                House.JOBS,
                House.BATCH,
                House.EVENTS,
                House.STATE,
                House.DEAD,
                House.ASSIGNMENTS,
                House.BEATS,
                House.INBOX,
                House.CONTROL.topic())));
  }

  private String partition(String topic) {
    int home = dice.between(0, shape.homes() - 1);
    boolean single = topic.equals(House.BEATS) || topic.equals(House.CONTROL.topic());
    int partitions = topic.equals(House.ASSIGNMENTS) ? shape.slots() : shape.homes();
    return topic + "-" + (single ? 0 : home % partitions);
  }
}
