package dev.relevo.simulation;

import dev.relevo.common.protocol.Failover;
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
  private final Shape shape;

  private Planner(long seed) {
    this.seed = seed;
    this.dice = new Dice(seed, "plan");
    this.forgetful = dice.chance(8);
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
    int count = dice.between(4, 16);
    boolean burst = dice.chance(20);
    for (int i = 0; i < count; i++) {
      submit("job-" + i, burst ? dice.between(1_500, 2_500) : dice.between(0, 12_000));
    }
    int faults = dice.chance(5) ? 0 : dice.between(1, 12);
    for (int i = 0; i < faults; i++) {
      fault(dice.between(1_000, (int) HEALS_AT_MS - 500));
    }
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
    List<String> models =
        switch (dice.between(0, 9)) {
          case 0 -> List.of("large", "small");
          case 1, 2 -> List.of("large");
          default -> List.of("small");
        };
    Job job =
        new Job(
            id,
            dice.chance(75) ? Lane.JOBS : Lane.BATCH,
            home,
            reply,
            models,
            dice.chance(60) ? Failover.SEAMLESS : dice.pick(List.of(Failover.values())),
            dice.chance(25) ? Long.valueOf(dice.between(1_500, 9_000)) : null,
            dice.chance(10) ? Long.valueOf(dice.between(500, 5_000)) : null,
            dice.chance(20) ? Integer.valueOf(dice.between(1, 5)) : null,
            dice.chance(85));
    jobs.put(id, job);
    add(atMs, Kind.SUBMIT, id, 0, 0);
    if (dice.chance(12)) {
      add(atMs + dice.between(100, 4_000), Kind.CANCEL, id, 0, 0);
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
    int home = dice.between(0, shape.homes() - 1);
    String topic =
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
                House.CONTROL.topic()));
    boolean single = topic.equals(House.BEATS) || topic.equals(House.CONTROL.topic());
    int partitions = topic.equals(House.ASSIGNMENTS) ? shape.slots() : shape.homes();
    return topic + "-" + (single ? 0 : home % partitions);
  }
}
