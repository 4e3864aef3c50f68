package dev.relevo.node.kafka;

import dev.relevo.common.kafka.TopicInquiry;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.supervision.Part;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Looks, while an attempt runs, whether Kafka takes its records, and asks for their topic where it
 * does not. A producer waits seconds for a topic that does not exist, and half a minute for one
 * that has vanished; the attempt would hold its place in the node for so long, and a backend would
 * work for nobody.
 */
final class PlaceWatch implements AutoCloseable {
  /** Kafka acknowledges a claim within a few milliseconds, so hardly any topic is asked for. */
  private static final long FIRST_LOOK_MS = 25;

  /** Between two looks at a stream that runs. */
  private static final long LOOK_MS = 1_000;

  private final @Nullable ReplyPlace place;
  private final ReplyWriter replies;
  private final TopicInquiry inquiry;
  private final ScheduledExecutorService pacer;
  private final Part part;
  private @Nullable Future<?> next;
  private boolean closed;

  /**
   * @param place null where nothing is written
   */
  PlaceWatch(
      @Nullable ReplyPlace place,
      ReplyWriter replies,
      TopicInquiry inquiry,
      ScheduledExecutorService pacer,
      Part part) {
    this.place = place;
    this.replies = replies;
    this.inquiry = inquiry;
    this.pacer = pacer;
    this.part = part;
  }

  void start() {
    if (place != null) {
      lookIn(FIRST_LOOK_MS);
    }
  }

  private synchronized void lookIn(long ms) {
    try {
      next = closed ? null : pacer.schedule(this::look, ms, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The node stops, and its attempts with it.
      closed = true;
    }
  }

  private void look() {
    long restNanos = part.run(this::ask);
    lookIn(Math.max(LOOK_MS, TimeUnit.NANOSECONDS.toMillis(restNanos)));
  }

  private void ask() {
    ReplyPlace watched = place;
    if (watched != null && replies.isStuck()) {
      var _ =
          inquiry.ask(watched.topic()).thenAccept(found -> part.run(() -> found(watched, found)));
    }
  }

  private void found(ReplyPlace watched, TopicInquiry.Finding finding) {
    if (finding.lacks(watched.partition())) {
      replies.abandon(
          new UnknownTopicOrPartitionException(
              "there is no " + watched.topic() + "-" + watched.partition()));
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (next != null) {
      next.cancel(false);
    }
  }
}
