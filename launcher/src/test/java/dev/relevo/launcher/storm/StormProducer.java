package dev.relevo.launcher.storm;

import dev.relevo.launcher.Words;
import dev.relevo.launcher.storm.JobPlan.Again;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Sends what the plan says, when it says so: jobs, jobs again, cancels and poison. It waits for
 * Kafka's word for nothing, and keeps it for everything.
 */
final class StormProducer implements StormFleet.Steering, AutoCloseable {
  private static final long PATIENCE_SECONDS = 120;

  private final KafkaProducer<String, String> producer;
  private final Places places;
  private final ToLongFunction<TopicPartition> positions;
  private final Map<String, Taken> taken = new ConcurrentHashMap<>();
  private final Map<String, Taken> cancels = new ConcurrentHashMap<>();
  private final Map<String, Taken> poison = new ConcurrentHashMap<>();
  private final Map<String, Map<String, String>> headers = new HashMap<>();
  private final Queue<String> problems = new ConcurrentLinkedQueue<>();

  /**
   * @param positions what of a reply place was read
   */
  StormProducer(String bootstrap, Places places, ToLongFunction<TopicPartition> positions) {
    this.places = places;
    this.positions = positions;
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap), new StringSerializer(), new StringSerializer());
  }

  private record Act(long atMs, Runnable send) {}

  /** Sends all of it; returns when Kafka has said of each whether it took it. */
  void carryOut(StormPlan plan, StormClock clock) throws InterruptedException {
    List<Act> acts = new ArrayList<>();
    for (JobPlan job : plan.jobs()) {
      acts.add(new Act(job.atMs(), () -> submit(job, clock)));
      for (Again again : job.again()) {
        acts.add(new Act(again.atMs(), () -> submitAgain(job, again, clock)));
      }
      if (job.isCancelled()) {
        acts.add(new Act(job.cancelAtMs(), () -> cancel(job, clock)));
      }
    }
    plan.poison().forEach(bad -> acts.add(new Act(bad.atMs(), () -> poison(bad, clock))));
    acts.sort(Comparator.comparingLong(Act::atMs));
    for (Act act : acts) {
      if (!clock.awaitUntil(act.atMs())) {
        break;
      }
      act.send().run();
    }
    producer.flush();
  }

  private void submit(JobPlan job, StormClock clock) {
    Map<String, String> of = headersOf(job);
    headers.put(job.id(), of);
    send(record(job, of), job.id(), taken, clock);
  }

  private void submitAgain(JobPlan job, Again again, StormClock clock) {
    Map<String, String> same = new HashMap<>(headers.get(job.id()));
    if (again.elsewhere()) {
      same.put("relevo-reply-topic", places.elsewhere(job).topic());
      same.put("relevo-reply-partition", "0");
      same.put("relevo-reply-offset", "0");
    }
    send(record(job, same), job.id() + " again", new HashMap<>(), clock);
  }

  private Map<String, String> headersOf(JobPlan job) {
    Map<String, String> of = new HashMap<>();
    of.put("relevo-failover", job.failover());
    of.put("relevo-tenant", job.tenant());
    of.put("relevo-priority", Integer.toString(job.priority()));
    if (job.maxAttempts() > 0) {
      of.put("relevo-max-attempts", Integer.toString(job.maxAttempts()));
    }
    if (job.hasDeadline()) {
      of.put("relevo-deadline", Long.toString(System.currentTimeMillis() + job.deadlineMs()));
    }
    if (job.isImpatient()) {
      of.put("relevo-max-wait", Long.toString(job.maxWaitMs()));
    }
    TopicPartition place = places.of(job);
    if (place != null) {
      of.put("relevo-reply-topic", place.topic());
      of.put("relevo-reply-partition", Integer.toString(place.partition()));
      of.put("relevo-reply-offset", Long.toString(positions.applyAsLong(place)));
    }
    return of;
  }

  private static ProducerRecord<String, String> record(JobPlan job, Map<String, String> headers) {
    return record(
        job.lane(), job.home(), job.id(), Words.request(job.model(), job.text()), headers);
  }

  private static ProducerRecord<String, String> record(
      String lane, int home, String key, String value, Map<String, String> headers) {
    ProducerRecord<String, String> record =
        new ProducerRecord<>(
            lane.equals("jobs") ? "relevo.jobs" : "relevo.jobs.batch", home, key, value);
    headers.forEach(
        (name, text) -> record.headers().add(name, text.getBytes(StandardCharsets.UTF_8)));
    return record;
  }

  private void cancel(JobPlan job, StormClock clock) {
    String value =
        "{\"type\":\"cancel\",\"job\":\"%s\",\"reason\":\"the storm\"}".formatted(job.id());
    send(new ProducerRecord<>("relevo.control", job.id(), value), job.id(), cancels, clock);
  }

  /** What stands in the value of a poison record. */
  static String poisonValue(PoisonPlan bad) {
    return switch (bad.kind()) {
      case NOT_JSON -> "no JSON of " + bad.id();
      case HALF_JSON -> "{\"model\": \"echo\", \"messages\": half of " + bad.id();
      case NO_KEY, BROKEN_HEADER, FORBIDDEN_PLACE -> Words.request("echo", bad.id());
    };
  }

  private void poison(PoisonPlan bad, StormClock clock) {
    TopicPartition inbox = Places.inbox(bad.id());
    Map<String, String> of = new HashMap<>();
    of.put("relevo-reply-topic", inbox.topic());
    of.put("relevo-reply-partition", Integer.toString(inbox.partition()));
    switch (bad.kind()) {
      case BROKEN_HEADER -> of.put("relevo-priority", "at once");
      case FORBIDDEN_PLACE -> of.put("relevo-reply-topic", "relevo.state");
      case NO_KEY, NOT_JSON, HALF_JSON -> {}
    }
    String key = bad.kind() == PoisonPlan.Kind.NO_KEY ? null : bad.id();
    send(record(bad.lane(), bad.home(), key, poisonValue(bad), of), bad.id(), poison, clock);
  }

  private void send(
      ProducerRecord<String, String> record,
      String what,
      Map<String, Taken> accepted,
      StormClock clock) {
    var _ =
        producer.send(
            record,
            (metadata, failure) -> {
              if (failure == null) {
                accepted.put(
                    what, new Taken(metadata.partition(), metadata.offset(), clock.nowMs()));
              } else {
                problems.add("Kafka did not take " + what + ": " + failure);
              }
            });
  }

  @Override
  public void drain(String node) throws Exception {
    String value = "{\"type\":\"drain\",\"node\":\"%s\"}".formatted(node);
    producer
        .send(new ProducerRecord<>("relevo.control", node, value))
        .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** When Kafka took a job's first record; null when it did not. */
  Taken taken(JobPlan job) {
    return taken.get(job.id());
  }

  Taken cancelled(JobPlan job) {
    return cancels.get(job.id());
  }

  Taken taken(PoisonPlan bad) {
    return poison.get(bad.id());
  }

  List<String> problems() {
    return List.copyOf(problems);
  }

  @Override
  public void close() {
    producer.close();
  }
}
