package dev.relevo.node.kafka;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.Usage;
import dev.relevo.node.core.AnswerStream;
import dev.relevo.node.core.Resumption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The answer stream on its way to Kafka. The attempt's thread brings pieces; when one waits to be
 * joined, the pacer flushes it in time. Both write under one lock, so records keep their order.
 */
final class AnswerWriter {
  /** When the attempt's thread holds the lock, the pacer comes back rather than wait. */
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final AnswerStream stream;
  private final ReplyWriter replies;
  private final AttemptServices services;
  private final ReentrantLock lock = new ReentrantLock();
  private boolean flushComes;

  AnswerWriter(AnswerStream stream, ReplyWriter replies, AttemptServices services) {
    this.stream = stream;
    this.replies = replies;
    this.services = services;
  }

  /** Goes on in a way. */
  void begin(Resumption way) {
    lock.lock();
    try {
      write(stream.begin(way, services.time().nowNanos()));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes a piece; blocks while the producer's buffer is full.
   *
   * @return false when a replay has parted from what readers have
   */
  boolean accept(int index, Delta delta) {
    lock.lock();
    try {
      boolean goesOn = write(stream.accept(index, delta, services.time().nowNanos()));
      if (stream.isWaiting() && !flushComes) {
        flushComes = true;
        flushIn(services.chunkLingerNanos());
      }
      return goesOn;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends a whole answer.
   *
   * @return false when a replay ended before it had repeated what readers have
   */
  boolean end(
      FinishReason reason, @Nullable Usage usage, String backend, String model, int attempt) {
    lock.lock();
    try {
      return write(stream.end(reason, usage, backend, model, attempt, services.time().nowNanos()));
    } finally {
      lock.unlock();
    }
  }

  /** Writes what waits to be joined. */
  void flush() {
    lock.lock();
    try {
      write(stream.flush(services.time().nowNanos()));
    } finally {
      lock.unlock();
    }
  }

  private void flushIn(long nanos) {
    var _ = services.pacer().schedule(this::flushLater, nanos, TimeUnit.NANOSECONDS);
  }

  private void flushLater() {
    if (!lock.tryLock()) {
      flushIn(RETRY_NANOS);
      return;
    }
    try {
      flushComes = false;
      write(stream.flush(services.time().nowNanos()));
    } catch (RuntimeException | Error e) {
      // What was to be written is lost: readers would have a hole.
      services.parts().part("flush").crashed(e);
      replies.abandon(new IllegalStateException("a piece of the answer was lost", e));
    } finally {
      lock.unlock();
    }
  }

  private boolean write(AnswerStream.Step step) {
    return switch (step) {
      case AnswerStream.Step.Write write -> {
        write(write.records());
        yield true;
      }
      case AnswerStream.Step.Parted _ -> false;
    };
  }

  private void write(List<ReplyRecord> records) {
    for (ReplyRecord record : records) {
      replies.write(record);
      if (record instanceof ReplyRecord.Chunk) {
        services.metrics().chunk();
      }
    }
  }
}
