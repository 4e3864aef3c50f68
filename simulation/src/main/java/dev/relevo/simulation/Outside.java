package dev.relevo.simulation;

import dev.relevo.common.protocol.Lane;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/** Carries out what happens to the house from outside: jobs, orders and faults. */
final class Outside {
  private final Plan plan;
  private final World world;
  private final House house;
  private final Client client;
  private final DeadTool deadTool;
  private final Poison poison;

  Outside(Plan plan, World world, House house) {
    this.plan = plan;
    this.world = world;
    this.house = house;
    this.client = new Client(house);
    this.deadTool = new DeadTool(house);
    this.poison = new Poison(house);
  }

  /** It happens. */
  void happen(Happening what) {
    if (world.isTracing()) {
      world.trace("* " + what.kind() + " " + what.who() + " " + what.amount() + " " + what.forMs());
    }
    String who = what.who();
    switch (what.kind()) {
      case SUBMIT, SUBMIT_AGAIN, SUBMIT_ELSEWHERE, SUBMIT_FOREIGN, CANCEL, DELETE_PLACE ->
          ask(what.kind(), Objects.requireNonNull(plan.jobs().get(who)));
      case PAUSE -> client.pause(Lane.valueOf(who));
      case RESUME -> client.resume(Lane.valueOf(who));
      case REPLAY -> deadTool.replay(DeadTool.Manner.valueOf(who));
      case MALFORMED -> {
        Job like = Objects.requireNonNull(plan.jobs().get(who));
        Lane lane = what.forMs() % 2 == 0 ? Lane.JOBS : Lane.BATCH;
        Truth truth = house.audit.truths().get(who);
        boolean stands = truth != null && !truth.homes().isEmpty();
        if (stands || what.amount() < Poison.KINDS - 1) {
          poison.malformed((int) what.amount(), lane, like.home(), like);
        }
      }
      case GARBAGE -> partitions(who).forEach(partition -> poison.garbage(partition.place));
      case RETAIN -> partitions(who).forEach(partition -> retain(partition, what.amount()));
      case START_NODE -> house.startNode(house.nodeShape(who));
      case START_DISPATCHER -> house.startDispatcher(who);
      case KILL_NODE, KILL_DISPATCHER -> {
        with(who, SimProcess::kill);
        restart(who, what.forMs());
      }
      case KILL_NODE_AT_WRITE, KILL_DISPATCHER_AT_WRITE -> {
        with(who, process -> process.dieAfterWrites((int) what.amount()));
        restart(who, what.forMs());
      }
      case FREEZE_NODE, FREEZE_DISPATCHER ->
          with(
              who,
              process -> {
                process.freeze();
                later(what.forMs(), process::thaw);
              });
      case DRAIN_NODE -> {
        SimNode node = house.nodes.get(who);
        if (node != null) {
          node.drain();
        }
      }
      case STOP_DISPATCHER -> {
        SimDispatcher dispatcher = house.dispatchers.get(who);
        if (dispatcher != null) {
          dispatcher.run(dispatcher::stop);
        }
      }
      case JUMP_CLOCK ->
          with(
              who,
              process -> {
                process.jumpClock(what.amount());
                later(what.forMs(), () -> process.jumpClock(0));
              });
      case SLOW -> with(who, process -> process.slow(what.forMs() * World.MS));
      case LOSE_ACKS -> with(who, process -> process.loseAcks(what.forMs() * World.MS));
      case BACKEND_AWAY -> {
        SimNode node = house.nodes.get(who);
        if (node != null) {
          node.health((int) what.amount(), false);
          later(what.forMs(), () -> node.health((int) what.amount(), true));
        }
      }
      case PARTITION_AWAY, BROKERS_AWAY -> {
        boolean all = what.kind() == Happening.Kind.BROKERS_AWAY;
        for (SimLog.Partition partition : all ? house.log.all() : partitions(who)) {
          partition.goAway();
          later(what.forMs(), partition::comeBack);
        }
      }
      case COMPACT -> {
        for (int home = 0; home < plan.shape().homes(); home++) {
          house.log.get(new Place(House.STATE, home)).compact();
        }
      }
    }
  }

  private List<SimLog.Partition> partitions(String name) {
    List<SimLog.Partition> named = new ArrayList<>();
    for (SimLog.Partition partition : house.log.all()) {
      if (partition.place.toString().equals(name)) {
        named.add(partition);
      }
    }
    return named;
  }

  private void retain(SimLog.Partition partition, long olderThanMs) {
    Place place = partition.place;
    long cut = partition.offsetOf(world.nanos() - olderThanMs * World.MS);
    boolean lane = place.topic().equals(House.JOBS) || place.topic().equals(House.BATCH);
    if (place.topic().equals(House.INBOX)) {
      // A reply place keeps what it has for longer than any job may take.
      cut = Math.min(cut, house.audit.neededFrom(place));
    }
    long committed = house.group.committed(place, 0);
    for (SimRecord record : partition.retainFrom(cut)) {
      if (lane && record.offset() >= committed) {
        house.audit.deleted(place, record);
      }
    }
  }

  private void ask(Happening.Kind kind, Job job) {
    switch (kind) {
      case SUBMIT, SUBMIT_AGAIN -> client.submit(job, job.home(), job.reply());
      case SUBMIT_ELSEWHERE ->
          client.submit(job, job.home(), new Place("relevo.replies.again." + job.id(), 0));
      case SUBMIT_FOREIGN ->
          client.submit(job, (job.home() + 1) % plan.shape().homes(), job.reply());
      case CANCEL -> client.cancel(job);
      case DELETE_PLACE -> client.deletePlace(job);
      default -> throw new IllegalArgumentException("nobody asks for " + kind);
    }
  }

  private void later(long delayMs, Runnable work) {
    world.at(world.nanos() + delayMs * World.MS, work);
  }

  private void with(String name, Consumer<SimProcess> work) {
    SimProcess process = house.dispatchers.get(name);
    if (process == null) {
      process = house.nodes.get(name);
    }
    if (process != null && process.isAlive()) {
      work.accept(process);
    }
  }

  private void restart(String name, long delayMs) {
    later(
        delayMs,
        () -> {
          if (house.dispatchers.containsKey(name)) {
            house.startDispatcher(name);
          } else if (house.nodes.containsKey(name)) {
            house.startNode(house.nodeShape(name));
          }
        });
  }
}
