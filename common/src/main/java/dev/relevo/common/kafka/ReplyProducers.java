package dev.relevo.common.kafka;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Producers for reply places, whose topics come and go with their jobs. A Kafka producer never
 * forgets a topic it has written to: its memory grows with each, and so does the work of every
 * request. So none of these writes to more than {@link #MAX_TOPICS}; then the next one takes over,
 * which was started meanwhile, and the old one is closed when nobody uses it any more.
 *
 * <p>A {@link Lease} keeps to one producer, so what is written through it stays in order. There are
 * at most as many producers as open leases, and two. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // callbacks tell of failures
public final class ReplyProducers implements AutoCloseable {
  /** Topics for each producer: few enough to cost nothing, enough that a new one is rare. */
  public static final int MAX_TOPICS = 256;

  /** When the next producer is started: half the topics before it is needed. */
  private static final int START_NEXT_AT = MAX_TOPICS / 2;

  private static final Duration RETIRED_CLOSE_TIMEOUT = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(ReplyProducers.class);

  private final IntFunction<Producer<String, byte[]>> factory;
  private final Set<Generation> retired = new HashSet<>();
  private int made;
  private Generation current;
  private @Nullable Generation next;
  private boolean closed;

  /**
   * Starts the first producer.
   *
   * @param clientId names the producers in the broker's logs and metrics; each gets a number
   * @throws KafkaProblem if Kafka's settings are wrong
   */
  public ReplyProducers(KafkaClients clients, String clientId) {
    this(number -> clients.producer(ProducerProfile.REPLIES, clientId + "-" + number));
  }

  ReplyProducers(IntFunction<Producer<String, byte[]>> factory) {
    this.factory = factory;
    this.current = new Generation();
    current.start(factory, made++);
  }

  /** One producer and the topics it knows; all but the producer is guarded by the outer object. */
  private static final class Generation {
    final CompletableFuture<Producer<String, byte[]>> producer = new CompletableFuture<>();
    final Set<String> topics = new HashSet<>();
    int leases;

    void start(IntFunction<Producer<String, byte[]>> factory, int number) {
      producer.complete(factory.apply(number));
    }

    /** Waits until it is started, or is known not to start. */
    boolean isStarted() {
      return producer.handle((started, failure) -> failure == null).join();
    }

    void close(Duration timeout) {
      producer.join().close(timeout);
    }
  }

  /** The use of one producer, for one writer's records to one topic. */
  public static final class Lease implements AutoCloseable {
    private final ReplyProducers owner;
    private final Generation generation;

    private Lease(ReplyProducers owner, Generation generation) {
      this.owner = owner;
      this.generation = generation;
    }

    /**
     * Hands a record to the producer; see {@link Producer#send}. Blocks while its buffer is full or
     * the topic is not known yet, at most {@code max.block.ms}.
     */
    public void send(ProducerRecord<String, byte[]> record, Callback answered) {
      generation.producer.join().send(record, answered);
    }

    /** Ends the use, once; records under way are still sent. */
    @Override
    public void close() {
      owner.release(generation);
    }
  }

  /**
   * Takes a producer for a topic. Waits, rarely and some milliseconds, for one to be started; while
   * none can be, the old one goes on.
   */
  public Lease lease(String topic) {
    Generation starting;
    synchronized (this) {
      boolean fits = current.topics.size() < MAX_TOPICS || current.topics.contains(topic);
      if (!closed && next == null && (!fits || current.topics.size() >= START_NEXT_AT)) {
        next = start();
      }
      starting = next;
      if (fits || starting == null) {
        return take(topic);
      }
    }
    Generation unused = null;
    boolean started = starting.isStarted();
    Lease lease;
    synchronized (this) {
      if (started && next == starting) {
        next = null;
        if (current.leases > 0) {
          retired.add(current);
        } else {
          unused = current;
        }
        current = starting;
      }
      lease = take(topic);
    }
    if (unused != null) {
      closeLater(unused);
    }
    return lease;
  }

  /** Called with the lock held. */
  private Lease take(String topic) {
    current.topics.add(topic);
    current.leases++;
    return new Lease(this, current);
  }

  private Generation start() {
    int number = made++;
    Generation starting = new Generation();
    Thread.ofVirtual()
        .name("reply-producer-" + number)
        .start(() -> {
          try {
            starting.start(factory, number);
          } catch (RuntimeException | Error e) {
            LOG.warn("The next reply producer does not start: {}", e.getMessage());
            forget(starting);
            starting.producer.completeExceptionally(e);
          }
        });
    return starting;
  }

  /** What failed to start is tried anew by whoever comes next. */
  private synchronized void forget(Generation failed) {
    if (next == failed) {
      next = null;
    }
  }

  private void release(Generation generation) {
    synchronized (this) {
      generation.leases--;
      if (generation.leases > 0 || !retired.remove(generation)) {
        return;
      }
    }
    closeLater(generation);
  }

  private static void closeLater(Generation generation) {
    Thread.ofVirtual()
        .name("reply-producer-close")
        .start(() -> generation.close(RETIRED_CLOSE_TIMEOUT));
  }

  /** Closes all producers at once; what is under way fails. */
  @Override
  public void close() {
    close(Duration.ZERO);
  }

  /** Closes all producers; what is under way is sent within the time-out. */
  public void close(Duration timeout) {
    Set<Generation> all;
    synchronized (this) {
      closed = true;
      all = new HashSet<>(retired);
      retired.clear();
      all.add(current);
      if (next != null) {
        next.producer.thenAccept(unused -> unused.close(Duration.ZERO));
        next = null;
      }
    }
    long endNanos = System.nanoTime() + timeout.toNanos();
    for (Generation generation : all) {
      generation.close(Duration.ofNanos(Math.max(0, endNanos - System.nanoTime())));
    }
  }
}
