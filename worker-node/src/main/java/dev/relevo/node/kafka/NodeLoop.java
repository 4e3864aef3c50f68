package dev.relevo.node.kafka;

import dev.relevo.common.config.NodeSettings;
import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.NodeBeat.State;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.node.core.AttemptTable;
import dev.relevo.node.core.ControlLog;
import dev.relevo.node.core.NodeFailedException;
import dev.relevo.node.core.NodeLife;
import dev.relevo.node.core.NodeReadiness;
import dev.relevo.node.core.NodeTrigger;
import dev.relevo.node.core.Offer;
import dev.relevo.node.core.StopCause;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's one loop (protocol sections 3 and 4). It alone uses the consumer: it reads the slot and
 * control, starts attempts, stops those that are cancelled or late, and beats. It never waits for
 * an attempt, a backend or a full buffer; others wake it when there is news.
 */
final class NodeLoop {
  private static final Logger LOG = LoggerFactory.getLogger(NodeLoop.class);

  /** After the drain timeout: for attempts to report that another node has to take over. */
  private static final Duration HAND_OVER_TIMEOUT = Duration.ofSeconds(5);

  /** For Kafka to take the first and the last beat. */
  private static final Duration BEAT_TIMEOUT = Duration.ofSeconds(10);

  private final NodeSettings settings;
  private final Consumer<String, byte[]> consumer;
  private final AttemptTable table;
  private final Heart heart;
  private final AttemptServices services;
  private final Wake wake;
  private final UnaryOperator<RuntimeException> problem;
  private final Arrival arrival;
  private final Awakening awakening;
  private final Refusals refusals;
  private final Map<Fence, Attempt> attempts = new ConcurrentHashMap<>();
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private volatile boolean drainWanted;
  private volatile boolean killed;
  private volatile boolean backendsChecked;
  private final NodeLife life;
  private volatile int slot = -1;
  private @Nullable NodeFailedException failure;
  private long patienceEndsNanos;
  private boolean handingOver;

  NodeLoop(
      NodeSettings settings,
      TopicNames topics,
      Consumer<String, byte[]> consumer,
      AttemptTable table,
      Heart heart,
      AttemptServices services,
      Awakening awakening,
      Wake wake,
      UnaryOperator<RuntimeException> problem) {
    this.settings = settings;
    this.consumer = consumer;
    this.table = table;
    this.heart = heart;
    this.services = services;
    this.awakening = awakening;
    this.wake = wake;
    this.problem = problem;
    this.life = new NodeLife(settings.id());
    this.refusals = new Refusals(table, services);
    this.arrival = new Arrival(settings, topics, consumer, heart, services, this::isUnwanted);
  }

  void run() {
    try {
      CompletableFuture<Void> checked = services.backends().checked();
      if (arrival.enrol()) {
        slot = arrival.slot();
        beginWhen(checked);
        wake.open();
        while (life.state() != State.LEFT && !killed) {
          turn();
        }
      }
    } catch (NodeFailedException e) {
      fail(e);
    } catch (RuntimeException e) {
      RuntimeException told = problem.apply(e);
      fail(new NodeFailedException(String.valueOf(told.getMessage()), e));
    } catch (Error e) {
      fail(
          new NodeFailedException(
              "Node "
                  + settings.id()
                  + " broke and does not go on ("
                  + e
                  + "); others take its jobs over. Start it again.",
              e));
    }
    StopCause over = new StopCause.HandedOver();
    attempts.values().forEach(attempt -> attempt.stop(over));
  }

  private void fail(NodeFailedException sentence) {
    LOG.error("Node {} stops: {}", settings.id(), sentence.getMessage());
    failure = sentence;
    if (life.state() != State.LEFT) {
      life.apply(NodeTrigger.FAILED);
    }
  }

  private void beginWhen(CompletableFuture<Void> checked) {
    var _ =
        checked.thenRun(() -> {
          backendsChecked = true;
          wake.up();
        });
  }

  private void turn() {
    long nowNanos = services.time().nowNanos();
    awakening.turn(attempts.values(), nowNanos);
    advance(nowNanos);
    if (life.state() == State.LEFT) {
      return;
    }
    if (heart.dueInNanos(nowNanos) <= 0) {
      services.events().resend();
      beat(nowNanos);
    }
    stopExpired();
    poll(Math.min(waitNanos(nowNanos), untilDeadlineNanos()));
  }

  /** The node's own life: when it begins to take work, and when it leaves. */
  private void advance(long nowNanos) {
    if (life.state() == State.STARTING && backendsChecked && !drainWanted) {
      life.apply(NodeTrigger.CHECKED);
      services.story().node("is ready in slot " + slot);
      beat(nowNanos);
    }
    if (life.state() != State.DRAINING && drainWanted) {
      life.apply(NodeTrigger.DRAIN_ASKED);
      table.drain();
      patienceEndsNanos = nowNanos + settings.drainTimeout().toNanos();
      beat(nowNanos);
    }
    if (life.state() == State.DRAINING) {
      drain(nowNanos);
    }
  }

  private void drain(long nowNanos) {
    boolean impatient = nowNanos - patienceEndsNanos >= 0;
    if (table.isEmpty() || (impatient && handingOver)) {
      leave(nowNanos);
    } else if (impatient) {
      services.story().node("hands over " + table.running() + " attempts");
      handingOver = true;
      patienceEndsNanos = nowNanos + HAND_OVER_TIMEOUT.toNanos();
      StopCause over = new StopCause.HandedOver();
      attempts.values().forEach(attempt -> attempt.stop(over));
    }
  }

  private void leave(long nowNanos) {
    life.apply(NodeTrigger.DRAINED);
    try {
      sendBeat(nowNanos).get(BEAT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("Kafka did not take the last heartbeat; dispatchers will notice by its absence", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void beat(long nowNanos) {
    CompletableFuture<Long> sent = sendBeat(nowNanos);
    if (life.state() == State.READY && !ready.isDone()) {
      var _ = sent.thenRun(() -> ready.complete(null));
    }
  }

  private CompletableFuture<Long> sendBeat(long nowNanos) {
    CompletableFuture<Long> sent = heart.beat(life.state(), slot, arrival.position(), nowNanos);
    awakening.sent(sent);
    return sent;
  }

  private long waitNanos(long nowNanos) {
    long untilBeat = heart.dueInNanos(nowNanos);
    return life.state() == State.DRAINING
        ? Math.min(untilBeat, Math.max(0, patienceEndsNanos - nowNanos))
        : untilBeat;
  }

  private long untilDeadlineNanos() {
    long leftMs = table.earliestDeadlineMs() - services.time().epochMs();
    return TimeUnit.MILLISECONDS.toNanos(Math.max(0, leftMs));
  }

  private void poll(long nanos) {
    ConsumerRecords<String, byte[]> records;
    try {
      records = consumer.poll(Duration.ofNanos(Math.max(0, nanos)));
    } catch (WakeupException e) {
      return;
    }
    for (ConsumerRecord<String, byte[]> record : records) {
      if (arrival.isAssignment(record)) {
        assigned(record);
      } else if (awakening.isBeat(record)) {
        awakening.hear(record);
      } else {
        control(record);
      }
    }
  }

  private void control(ConsumerRecord<String, byte[]> record) {
    switch (arrival.read(record)) {
      case ControlLog.Order.Cancel cancel -> {
        for (Fence fence : table.runningOf(cancel.job())) {
          Attempt attempt = attempts.get(fence);
          if (attempt != null && cancel.means(attempt.assignment())) {
            attempt.stop(new StopCause.Cancelled(cancel.reason()));
          }
        }
      }
      case ControlLog.Order.Drain _ -> {
        services.story().node("was asked to drain");
        drainWanted = true;
      }
      case ControlLog.Order.Backend backend -> services.backends().order(backend);
      case null -> {}
    }
  }

  private void assigned(ConsumerRecord<String, byte[]> record) {
    Identity identity = services.identity();
    if (!Assignment.isFor(identity.node(), identity.incarnation(), record.headers())) {
      return;
    }
    Assignment assignment;
    try {
      assignment = arrival.parse(record);
    } catch (MalformedRecordException e) {
      refusals.unreadable(record, e, arrival::isHome);
      return;
    }
    AttemptTable.ModelSupport support =
        services.board().support(assignment.model(), services.time().nowNanos());
    switch (table.offer(assignment, support)) {
      case Offer.Run _ -> {
        stopOlder(assignment);
        start(assignment, record.value());
      }
      case Offer.Reject reject -> {
        refusals.reject(assignment, reject);
        heart.want();
      }
      case Offer.Ignore ignore ->
          LOG.info(
              "Assignment {} of job {} is ignored: {}",
              assignment.fence(),
              assignment.job(),
              ignore.why());
    }
  }

  /** The job has come back to this node, which was given up meanwhile and has not noticed. */
  private void stopOlder(Assignment assignment) {
    for (Fence fence : table.runningOf(assignment.job())) {
      if (fence.home() == assignment.fence().home() && assignment.fence().isHigherThan(fence)) {
        stop(fence, new StopCause.HandedOver());
      }
    }
  }

  private void start(Assignment assignment, byte @Nullable [] body) {
    Attempt attempt =
        new Attempt(assignment, body == null ? new byte[0] : body, services, this::ended);
    attempts.put(assignment.fence(), attempt);
    String cancelled = arrival.cancelled(assignment);
    if (cancelled != null) {
      attempt.stop(new StopCause.Cancelled(cancelled));
    } else if (assignment.deadlineMs() <= services.time().epochMs()) {
      // Before its thread runs, or the backend could be called for a moment.
      attempt.stop(new StopCause.Expired());
    }
    Thread.ofVirtual().name("attempt-" + assignment.fence()).start(attempt);
  }

  private void stopExpired() {
    long nowMs = services.time().epochMs();
    if (table.earliestDeadlineMs() <= nowMs) {
      for (Fence fence : table.expired(nowMs)) {
        stop(fence, new StopCause.Expired());
      }
    }
  }

  private void stop(Fence fence, StopCause cause) {
    Attempt attempt = attempts.get(fence);
    if (attempt != null) {
      attempt.stop(cause);
    }
  }

  /** On the attempt's thread: its place is free before the dispatcher hears of it. */
  private void ended(Attempt attempt, EventRecord.Finished finished, long nanos) {
    Fence fence = attempt.assignment().fence();
    if (killed) {
      return;
    }
    attempts.remove(fence);
    boolean awaited = table.finished(fence) || life.state() == State.DRAINING;
    services.metrics().ended(finished.outcome(), nanos);
    String job = attempt.assignment().job();
    if (awaited || finished.outcome() != AttemptOutcome.SUCCEEDED) {
      services.events().sendNow(job, fence, finished, () -> acknowledged(fence));
    } else {
      services.events().send(job, fence, finished, () -> acknowledged(fence));
    }
    if (heart.want()) {
      wake.up();
    }
  }

  private void acknowledged(Fence fence) {
    table.acknowledged(fence);
    if (life.state() == State.DRAINING && table.isEmpty()) {
      wake.up();
    }
  }

  private boolean isUnwanted() {
    return drainWanted || killed;
  }

  void drain() {
    drainWanted = true;
    wake.up();
  }

  void kill() {
    killed = true;
    heart.kill();
    wake.up();
  }

  boolean isKilled() {
    return killed;
  }

  /** Everything is given back. */
  void released() {
    NodeFailedException why = failure;
    if (why == null) {
      ready.cancel(false);
      stopped.complete(null);
    } else {
      ready.completeExceptionally(why);
      stopped.completeExceptionally(why);
    }
  }

  CompletableFuture<Void> ready() {
    return ready;
  }

  CompletableFuture<Void> stopped() {
    return stopped;
  }

  NodeReadiness readiness() {
    long nowNanos = services.time().nowNanos();
    return new NodeReadiness(
        services.identity().node(),
        services.identity().incarnation(),
        life.state(),
        slot,
        settings.capacity(),
        table.running(),
        services.board().view(nowNanos),
        services.board().complaints(nowNanos));
  }
}
