package dev.relevo.simulation;

import dev.relevo.common.config.DispatcherSettings;
import dev.relevo.common.config.RetrySettings;
import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.TopicNames;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** Everything that is there: the log, the group, who runs, and what they run with. */
final class House {
  static final TopicNames TOPICS = new TopicNames("relevo");
  static final String JOBS = "relevo.jobs";
  static final String BATCH = "relevo.jobs.batch";
  static final String ASSIGNMENTS = "relevo.assignments";
  static final String EVENTS = "relevo.events";
  static final String STATE = "relevo.state";
  static final String DEAD = "relevo.dead";
  static final String BEATS = "relevo.heartbeats";
  static final Place HEARTBEATS = new Place(BEATS, 0);
  static final Place CONTROL = new Place("relevo.control", 0);
  static final String INBOX = "relevo.inbox.simulation";

  /** A model that no backend has. */
  static final String NOBODYS = "nobody's";

  /** How much older a job has to be to go before one of the next better priority. */
  static final long AGEING_MS = 300;

  private static final int WINDOW_BYTES = 1 << 20;

  private static final long RESTART_NANOS = 1_000 * World.MS;

  final World world;
  final Shape shape;
  final Audit audit;
  final SimLog log;
  final SimGroup group;
  final Models models;
  final DispatcherSettings settings;
  final Map<String, SimDispatcher> dispatchers = new TreeMap<>();
  final Map<String, SimNode> nodes = new TreeMap<>();
  private final Map<String, Integer> starts = new TreeMap<>();
  private boolean restarting = true;

  House(World world, Shape shape) {
    this.world = world;
    this.shape = shape;
    this.audit = new Audit(world, this);
    this.log = new SimLog(world, audit);
    this.settings = settings(shape, world.flaw);
    this.group =
        new SimGroup(
            world,
            new Dice(world.seed, "group"),
            shape.homes(),
            settings.sessionTimeout().toNanos());
    this.models = new Models(world, audit);
    for (int home = 0; home < shape.homes(); home++) {
      for (String topic : new String[] {JOBS, BATCH, EVENTS, STATE, DEAD}) {
        log.create(new Place(topic, home));
      }
      log.create(new Place(INBOX, home));
    }
    for (int slot = 0; slot < shape.slots(); slot++) {
      log.create(new Place(ASSIGNMENTS, slot));
    }
    log.create(HEARTBEATS);
    log.create(CONTROL);
  }

  private static DispatcherSettings settings(Shape shape, Flaw flaw) {
    boolean uncounted = flaw == Flaw.AGE_UNCOUNTED;
    Duration ageing = uncounted ? Duration.ofHours(1) : Duration.ofMillis(AGEING_MS);
    return new DispatcherSettings(
        shape.strategy(),
        Duration.ofSeconds(2),
        3,
        shape.window(),
        WINDOW_BYTES,
        shape.parkedMax(),
        ageing,
        Map.of(),
        10,
        new RetrySettings(3, Duration.ofMillis(300), Duration.ofSeconds(1)),
        Duration.ofMinutes(15),
        Duration.ofHours(24),
        Duration.ofMillis(shape.dedupeMs()),
        shape.dedupeMax(),
        shape.cancelsMax(),
        Duration.ofMinutes(10),
        Duration.ofMillis(250),
        Duration.ofSeconds(6),
        Duration.ofSeconds(1),
        "127.0.0.1",
        0);
  }

  /** An assignment as a node reads it, unless a rule is broken on purpose. */
  Assignment flawed(Assignment real) {
    if (world.flaw != Flaw.FAILOVER_IGNORED) {
      return real;
    }
    JobHeaders asked = real.headers();
    JobHeaders headers =
        new JobHeaders(
            asked.replyPlace(),
            asked.model(),
            asked.fallbackModels(),
            asked.maxWaitMs(),
            asked.strategy(),
            asked.session(),
            asked.tenant(),
            asked.priority(),
            asked.deadlineMs(),
            Failover.RESTART,
            asked.maxAttempts(),
            asked.replay(),
            asked.traceparent());
    return new Assignment(
        real.job(),
        real.fence(),
        real.node(),
        real.incarnation(),
        real.attempt(),
        real.first(),
        real.startedOffset(),
        real.replayedAtMs(),
        real.model(),
        headers);
  }

  static Place lane(Lane lane, int home) {
    return new Place(lane == Lane.JOBS ? JOBS : BATCH, home);
  }

  void startDispatcher(String name) {
    SimDispatcher running = dispatchers.get(name);
    if (running == null || !running.isAlive()) {
      int start = starts.merge(name, 1, Integer::sum);
      world.trace(name + " starts");
      dispatchers.put(
          name, new SimDispatcher(this, name, new Dice(world.seed, name + "." + start)));
    }
  }

  NodeShape nodeShape(String name) {
    return shape.nodes().stream()
        .filter(node -> node.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  void startNode(NodeShape node) {
    SimNode running = nodes.get(node.name());
    if (running == null || !running.isAlive()) {
      int start = starts.merge(node.name(), 1, Integer::sum);
      world.trace(node.name() + " starts, the " + start + ". time");
      nodes.put(
          node.name(),
          new SimNode(this, node, start, new Dice(world.seed, node.name() + "." + start)));
    }
  }

  /** A dispatcher ended by itself; whoever supervises it starts it again. */
  void stopped(SimDispatcher dispatcher) {
    if (restarting) {
      world.at(world.nanos() + RESTART_NANOS, () -> startDispatcher(dispatcher.name));
    }
  }

  void stopped(SimNode node) {
    if (restarting) {
      world.at(world.nanos() + RESTART_NANOS * 2, () -> startNode(node.shape()));
    }
  }
}
