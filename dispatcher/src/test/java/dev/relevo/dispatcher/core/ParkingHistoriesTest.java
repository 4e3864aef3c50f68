package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.asking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.DispatcherSettings;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.StateRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Many random histories of a small window: models that nobody serves for a while, nodes that come
 * and go, failures, cancels, deadlines and restarts. However it went, every job ends once, and
 * nothing is left in the window, outside it, or uncommitted. {@code -Drelevo.seeds=10000} runs
 * more.
 */
class ParkingHistoriesTest {
  private static final int SEEDS = Integer.getInteger("relevo.seeds", 300);
  private static final int STEPS = 150;
  private static final int WINDOW = 5;
  private static final int JOBS = 40;
  private static final int ROUNDS = 400;
  private static final List<String> MODELS = List.of("a", "b", "c");
  private static final DispatcherSettings SETTINGS = ParkingTest.settings(WINDOW, 12);

  /** One history. */
  private static final class History {
    final Random random;
    final Map<String, StateRecord.Job> state = new TreeMap<>();
    final Map<String, Integer> ends = new TreeMap<>();
    final Map<String, List<String>> nodes = new TreeMap<>();
    final Map<String, Effect.Assign> running = new TreeMap<>();
    House house = new House(SETTINGS, 0);
    int seen;
    int starts;
    int jobs;
    long mostParked;

    History(long seed) {
      random = new Random(seed);
    }

    void step() {
      switch (random.nextInt(10)) {
        case 0, 1, 2 -> submit();
        case 3 -> nodeComes();
        case 4 -> nodeLeaves();
        case 5, 6 -> finishOne();
        case 7 -> cancel();
        case 8 -> pass(500 + random.nextInt(20_000));
        default -> {
          if (random.nextInt(4) == 0) {
            restart();
          }
        }
      }
      look();
    }

    void submit() {
      if (jobs == JOBS || house.core.isWindowFull()) {
        return;
      }
      JobHeaders headers = asking(MODELS.get(random.nextInt(MODELS.size())));
      if (random.nextInt(6) == 0) {
        headers = headers.withDeadlineMs(house.now().epochMs() + 1_000 + random.nextInt(60_000));
      }
      house.job(headers);
      jobs++;
    }

    void nodeComes() {
      String id = "n" + ++starts;
      List<String> models = MODELS.subList(0, 1 + random.nextInt(MODELS.size()));
      nodes.put(id, models);
      beat(id, NodeBeat.State.READY);
    }

    void nodeLeaves() {
      if (!nodes.isEmpty()) {
        String id = nodes.keySet().iterator().next();
        beat(id, NodeBeat.State.LEFT);
        nodes.remove(id);
      }
    }

    void beat(String id, NodeBeat.State state) {
      house.node(id, "1", state, 2, nodes.getOrDefault(id, List.of()).toArray(String[]::new));
    }

    void finishOne() {
      if (!running.isEmpty()) {
        String job = new ArrayList<>(running.keySet()).get(random.nextInt(running.size()));
        Effect.Assign assign = running.remove(job);
        int outcome = random.nextInt(8);
        if (outcome == 0) {
          house.failed(job, assign, true);
        } else if (outcome == 1) {
          AttemptFailure far =
              new AttemptFailure("rate_limit", "slow down", true, 1_000L * random.nextInt(200));
          String node = assign.assignment().node();
          house.event(
              job, assign.assignment().fence(), House.finished(node, AttemptOutcome.FAILED, far));
        } else {
          house.succeeded(job, assign.assignment().fence(), assign.assignment().node());
        }
      }
    }

    void cancel() {
      if (jobs > 0 && random.nextInt(3) == 0) {
        String job = "job-" + random.nextInt(jobs);
        house.control(new ControlRecord.Cancel(job, "enough"));
        house.settle();
      }
    }

    /** Nodes read their slots and list what they run, so nothing is lost while it runs. */
    void pass(long ms) {
      for (long left = ms; left > 0; left -= 500) {
        nodes
            .keySet()
            .forEach(id ->
                house.beatsAgain(
                    id,
                    running.values().stream()
                        .filter(assign -> assign.assignment().node().equals(id))
                        .map(assign -> assign.assignment().fence())
                        .toArray(Fence[]::new)));
        house.pass(500);
        house.readOn();
        look();
      }
    }

    void restart() {
      List<StateRecord.Job> known = new ArrayList<>(state.values());
      house = house.restarted(SETTINGS, known);
      seen = 0;
      running.clear();
      nodes.keySet().forEach(id -> beat(id, NodeBeat.State.READY));
    }

    /** What was decided since the last look. */
    void look() {
      while (seen < house.effects.size()) {
        switch (house.effects.get(seen++)) {
          case Effect.WriteState write -> recorded(write);
          case Effect.Assign assign -> running.put(assign.assignment().job(), assign);
          case Effect.ReadBack readBack -> {
            ReplyRecord ours =
                house.all(Effect.Reply.class).stream()
                    .filter(reply -> reply.job().equals(readBack.job()))
                    .reduce((first, second) -> second)
                    .orElseThrow()
                    .record();
            house.core.readBack(readBack, ours, house.now());
            house.settle();
          }
          case Effect.Settle _, Effect.Reply _, Effect.Bury _, Effect.ReadBody _ -> {}
        }
      }
      assertThat(house.core.gauges().windowJobs()).isLessThanOrEqualTo(WINDOW + 1);
      mostParked = Math.max(mostParked, house.core.gauges().parked());
    }

    void recorded(Effect.WriteState write) {
      StateRecord.Job record = write.record();
      if (record == null) {
        return;
      }
      state.put(write.job(), record);
      if (record.status().isTerminal()) {
        ends.merge(write.job(), 1, Integer::sum);
        running.remove(write.job());
      }
    }

    /** From here on everything works: all of it has to end. */
    void finish() {
      nodes.put("last", MODELS);
      beat("last", NodeBeat.State.READY);
      for (int i = 0; i < ROUNDS && ends.size() < jobs; i++) {
        for (String job : new ArrayList<>(running.keySet())) {
          Effect.Assign assign = running.remove(job);
          house.succeeded(job, assign.assignment().fence(), assign.assignment().node());
        }
        pass(1_000);
      }
      pass(1_000);
    }
  }

  @Test
  void everyJobEndsOnceAndNothingIsLeft() {
    long mostParked = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      History history = new History(seed);
      for (int i = 0; i < STEPS; i++) {
        history.step();
      }
      history.finish();

      assertThat(history.ends).as("seed %s", seed).hasSize(history.jobs);
      assertThat(history.ends.values()).as("seed %s", seed).containsOnly(1);
      assertThat(history.house.core.gauges().parked()).as("seed %s", seed).isZero();
      assertThat(history.house.core.gauges().windowJobs()).as("seed %s", seed).isZero();
      assertThat(history.house.core.committable(House.HOME, Lane.JOBS))
          .as("seed %s", seed)
          .isEqualTo(history.jobs);
      assertThat(history.state.values())
          .extracting(StateRecord.Job::status)
          .doesNotContain(JobStatus.PARKED);
      mostParked = Math.max(mostParked, history.mostParked);
    }
    assertThat(mostParked).as("the histories park").isGreaterThan(WINDOW);
  }
}
