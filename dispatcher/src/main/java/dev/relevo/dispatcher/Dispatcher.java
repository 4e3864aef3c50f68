package dev.relevo.dispatcher;

import dev.relevo.common.config.KafkaSettings;
import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.dispatcher.core.DispatcherCore;
import dev.relevo.dispatcher.core.Strategies;
import dev.relevo.dispatcher.kafka.Clock;
import dev.relevo.dispatcher.kafka.DispatcherLoop;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;

/** A running dispatcher. Several may run against one Kafka: they share the home partitions. */
public final class Dispatcher implements AutoCloseable {
  private static final long CLOSE_SECONDS = 15;

  private final DispatcherLoop loop;
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();

  private Dispatcher(DispatcherLoop loop) {
    this.loop = loop;
  }

  /**
   * Starts one on a thread of its own. Kafka must be reachable and the topics there.
   *
   * @param id names it in its records, logs and metrics; unique among the dispatchers
   * @param settings of which it uses {@code kafka} and {@code dispatcher}
   * @param registry where its metrics go
   * @throws IllegalArgumentException if the configured strategy is not there
   * @throws dev.relevo.common.kafka.KafkaProblem if a Kafka client cannot be made
   */
  public static Dispatcher start(String id, Settings settings, MeterRegistry registry) {
    KafkaSettings kafka = settings.kafka();
    TopicNames topics = new TopicNames(kafka.topics().prefix());
    KafkaClients clients =
        new KafkaClients(new KafkaAccess(kafka.bootstrapServers(), kafka.properties()));
    RandomGenerator random = RandomGenerator.getDefault();
    Strategies strategies = new Strategies(settings.dispatcher().strategy(), random);
    DispatcherCore core = new DispatcherCore(id, settings.dispatcher(), topics, strategies, random);
    DispatcherLoop loop =
        new DispatcherLoop(
            id,
            settings.dispatcher(),
            clients,
            topics,
            kafka.topics().slots(),
            core,
            registry,
            Clock.SYSTEM);
    Dispatcher dispatcher = new Dispatcher(loop);
    Thread.ofPlatform().name("relevo-" + id).start(() -> dispatcher.run(clients));
    return dispatcher;
  }

  private void run(KafkaClients clients) {
    try {
      loop.run();
      stopped.complete(null);
    } catch (RuntimeException e) {
      stopped.completeExceptionally(clients.problem(e, "running the dispatcher"));
    } catch (Error e) {
      // Whoever waits for the end tells of it.
      stopped.completeExceptionally(e);
    } finally {
      loop.ready().completeExceptionally(new IllegalStateException("the dispatcher has stopped"));
    }
  }

  /** Completes when it decides for the homes it was given. */
  public CompletableFuture<Void> ready() {
    return loop.ready();
  }

  /** Whether it decides now. */
  public boolean isReady() {
    return loop.ready().isDone() && !loop.ready().isCompletedExceptionally() && !stopped.isDone();
  }

  /**
   * Completes when it has stopped; exceptionally, with a message for people, when something stopped
   * it.
   */
  public CompletableFuture<Void> stopped() {
    return stopped;
  }

  /**
   * Stops cleanly: what was decided goes out, and another dispatcher takes over at once. Waits up
   * to 15 s.
   */
  @Override
  public void close() {
    loop.stop();
    try {
      stopped.get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // Whoever waits for stopped() is told; here there is nothing left to do.
      return;
    }
  }
}
