package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.Predicate;

/**
 * Does something to each of many letters, at a rate, until it is done or somebody says stop.
 * Letters that come while it works are not met.
 */
public final class DeadRun {
  private static final int MOST_AT_ONCE = 1_000;

  private final KafkaClients clients;
  private final DeadReader reader;
  private final DeadFilter filter;

  /**
   * Does nothing yet.
   *
   * @param filter which letters are meant
   */
  public DeadRun(KafkaClients clients, DeadReader reader, DeadFilter filter) {
    this.clients = clients;
    this.reader = reader;
    this.filter = filter;
  }

  /** How many letters match and pass a test. */
  public long count(Predicate<DeadRecord> also) {
    AtomicLong count = new AtomicLong();
    reader.scan(
        filter,
        record -> {
          if (also.test(record)) {
            count.incrementAndGet();
          }
          return true;
        });
    return count.get();
  }

  /**
   * Takes the step for each letter that matches and passes the test; Kafka has what was sent when
   * it returns.
   *
   * @param perSecond at most so many a second
   * @param doing for a sentence about a failure
   * @param stop done when nothing shall go any more
   * @param progress hears how many went, after each
   * @return whether all went, and nobody said stop
   */
  public boolean run(
      double perSecond,
      String doing,
      Predicate<DeadRecord> also,
      DeadStep step,
      CompletableFuture<?> stop,
      LongConsumer progress) {
    Pace pace = new Pace(perSecond, stop, System::nanoTime);
    int atOnce = (int) Math.clamp(perSecond, 1, MOST_AT_ONCE);
    AtomicLong sent = new AtomicLong();
    try (RecordSender sender = new RecordSender(clients, doing)) {
      boolean all =
          reader.scanMany(
              filter,
              letters -> {
                List<DeadRecord> mine = letters.stream().filter(also).toList();
                for (int i = 0; i < mine.size(); i++) {
                  if (!pace.awaitTurn()) {
                    return false;
                  }
                  // Only now: what was learned of letters that go in minutes would be outdated.
                  if (i % atOnce == 0) {
                    step.prepare(mine.subList(i, Math.min(mine.size(), i + atOnce)));
                  }
                  step.take(mine.get(i), sender);
                  progress.accept(sent.incrementAndGet());
                }
                return !mine.isEmpty() || !stop.isDone();
              });
      sender.flush();
      return all;
    }
  }
}
