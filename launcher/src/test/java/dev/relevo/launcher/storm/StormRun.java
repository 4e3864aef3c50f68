package dev.relevo.launcher.storm;

import dev.relevo.launcher.LiveAnswer;
import dev.relevo.launcher.ProcessHouse;
import dev.relevo.launcher.Words;
import dev.relevo.launcher.storm.ReportMaker.Watched;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;

/** One storm from its first process to its report. */
final class StormRun implements AutoCloseable {
  /** From the last fault's end to the last job's end, at most; and then until nodes are idle. */
  static final long SETTLE_BOUND_MS = 120_000;

  private static final long IDLE_BOUND_MS = 20_000;
  private static final long LOOK_AGAIN_MS = 300;

  private final StormPlan plan;
  private final ProcessHouse house;
  private final Places places;
  private final ReplyWatch watch;
  private final StormProducer producer;
  private final StormFleet fleet;
  private final List<Problem> problems = new ArrayList<>();
  private StormClock clock = new StormClock();
  private long stormMs;
  private long settledMs;

  /** Starts the broker, and makes all reply places. */
  StormRun(StormPlan plan, Path folder) throws Exception {
    this.plan = plan;
    house = new ProcessHouse(folder);
    places = new Places(plan);
    places.make(house.kafka());
    watch = new ReplyWatch(house.kafka(), places.all());
    producer = new StormProducer(house.kafka(), places, watch::position);
    fleet = new StormFleet(house, producer);
  }

  /** What came out of it. */
  record Outcome(
      StormReport report,
      List<Problem> problems,
      List<JobCase> jobs,
      List<StormFleet.Happened> happened) {}

  Outcome run() throws Exception {
    fleet.start();
    clock = new StormClock();
    CompletableFuture<Void> sent =
        CompletableFuture.runAsync(this::send, task -> Thread.ofPlatform().daemon().start(task));
    fleet.carryOut(plan, clock);
    sent.join();
    if (clock.isCalledOff()) {
      throw new AssertionError("the storm was called off: " + fleet.problems());
    }
    stormMs = clock.nowMs();
    try (Evidence evidence = new Evidence(house.kafka(), places.all())) {
      awaitEnds(evidence);
      settledMs = Math.max(stormMs, lastEndMs());
      evidence.awaitIdle(StormPlan.NODES, clock, IDLE_BOUND_MS).forEach(this::processProblem);
      List<Watched> jobs = watched(evidence);
      List<PoisonCase> poison = poison(evidence);
      List<Letter> letters = evidence.letters();
      fleet.stop();
      return outcome(jobs, poison, letters);
    }
  }

  private void send() {
    try {
      producer.carryOut(plan, clock);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Outcome outcome(List<Watched> watched, List<PoisonCase> poison, List<Letter> letters) {
    List<JobCase> jobs = watched.stream().map(Watched::job).toList();
    problems.addAll(StormAccount.judge(jobs, poison, letters, fleet.brokerOutages()));
    producer
        .problems()
        .forEach(words -> problems.add(new Problem("a record", Problem.Kind.NOT_TAKEN, words)));
    fleet.problems().forEach(this::processProblem);
    StormReport report =
        new ReportMaker(
                plan.seed(),
                stormMs,
                settledMs,
                clock::sinceStartMs,
                watched,
                fleet.lives(),
                fleet.happened())
            .make(problems, poison.size());
    return new Outcome(report, problems, jobs, fleet.happened());
  }

  private void processProblem(String words) {
    problems.add(new Problem("process", Problem.Kind.PROCESS, words));
  }

  /**
   * Waits until every reader has an end and state has one of every job, or the bound is reached.
   */
  private void awaitEnds(Evidence evidence) throws InterruptedException {
    while (clock.nowMs() < stormMs + SETTLE_BOUND_MS) {
      if (plan.jobs().stream().allMatch(this::isHeard)
          && evidence.allEnded(plan.jobs().stream().map(JobPlan::id).toList())) {
        return;
      }
      if (!clock.awaitUntil(clock.nowMs() + LOOK_AGAIN_MS)) {
        return;
      }
    }
  }

  private boolean isHeard(JobPlan job) {
    TopicPartition place = places.of(job);
    TopicPartition other = places.elsewhere(job);
    return (place == null || watch.answer(place.topic(), job.id()).isEnded())
        && (other == null || watch.answer(other.topic(), job.id()).isEnded());
  }

  private long lastEndMs() {
    return plan.jobs().stream()
        .filter(job -> places.of(job) != null)
        .map(job -> watch.answer(places.of(job).topic(), job.id()))
        .filter(LiveAnswer::isEnded)
        .mapToLong(answer -> clock.sinceStartMs(answer.endNanos()))
        .max()
        .orElse(0);
  }

  private List<Watched> watched(Evidence evidence) {
    List<Watched> all = new ArrayList<>();
    Map<String, List<LogEntry>> replies = evidence.replies();
    Map<String, List<JobState>> states = evidence.states();
    Map<String, List<Letter>> letters = new HashMap<>();
    evidence.letters().stream()
        .filter(letter -> !letter.fence().isEmpty())
        .forEach(
            letter -> letters.computeIfAbsent(letter.job(), _ -> new ArrayList<>()).add(letter));
    for (JobPlan job : plan.jobs()) {
      TopicPartition place = places.of(job);
      TopicPartition other = places.elsewhere(job);
      LiveAnswer live =
          place == null ? new LiveAnswer(job.id()) : watch.answer(place.topic(), job.id());
      List<LogEntry> own =
          place == null
              ? List.of()
              : replies.getOrDefault(place.topic() + " " + job.id(), List.of());
      JobCase known =
          new JobCase(
              job,
              producer.taken(job),
              producer.cancelled(job),
              Heard.live(live),
              Heard.late(own),
              other == null
                  ? null
                  : Heard.late(replies.getOrDefault(other.topic() + " " + job.id(), List.of())),
              live.isEnded() ? clock.sinceStartMs(live.endNanos()) : -1,
              own,
              states.getOrDefault(job.id(), List.of()),
              letters.getOrDefault(job.id(), List.of()),
              Words.request(job.model(), job.text()));
      all.add(new Watched(known, live.sightings(), live.ways(), live.dones()));
    }
    return all;
  }

  private List<PoisonCase> poison(Evidence evidence) {
    Map<String, List<LogEntry>> replies = evidence.replies();
    List<Letter> letters = evidence.letters();
    return plan.poison().stream()
        .map(bad ->
            PoisonCase.of(
                bad,
                producer.taken(bad),
                letters,
                Heard.late(replies.getOrDefault(Places.INBOX + " " + bad.id(), List.of())),
                StormProducer.poisonValue(bad)))
        .toList();
  }

  /** Writes down what each process has printed. */
  void writeLogs(Path folder) throws IOException {
    for (StormFleet.Started started : fleet.all()) {
      String name = started.target().replace(' ', '-') + "-" + started.number() + ".log";
      Files.writeString(folder.resolve(name), started.process().everything());
    }
  }

  @Override
  public void close() {
    watch.close();
    producer.close();
    fleet.close();
  }
}
