package dev.relevo.gateway.batches;

import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.reply.ReplyAssembler;
import dev.relevo.operator.batch.JobAnswer;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * How far a batch is: a fold of its inbox from the beginning, which comes to the same for everybody
 * who reads it. Holds what has begun and not ended, and one bit a line. Pure; for one thread.
 */
final class BatchProgress {
  private static final char BETWEEN = '-';

  private final String batch;
  private final int total;
  private final Supplier<ReplyAssembler> assemblers;
  private final Ended ended;
  private final BitSet ends = new BitSet();
  private final Map<Integer, JobAnswer> begun = new HashMap<>();
  private int completed;
  private int failed;

  /**
   * Begins.
   *
   * @param batch its UUID
   * @param total lines
   * @param assemblers for each answer one
   * @param ended is told of each line once
   */
  BatchProgress(String batch, int total, Supplier<ReplyAssembler> assemblers, Ended ended) {
    this.batch = batch;
    this.total = total;
    this.assemblers = assemblers;
    this.ended = ended;
  }

  /** Hears of the end of a line's answer. */
  @FunctionalInterface
  interface Ended {
    void ended(int line, ReplyAssembler answer);
  }

  /**
   * The id of a line's job: computed, so that whoever sends it again sends the same.
   *
   * @param line from 1
   */
  static String job(String batch, int line) {
    return batch + BETWEEN + line;
  }

  /** Takes a record of the inbox. */
  void take(ConsumerRecord<String, byte[]> record) {
    int line = lineOf(record.key());
    if (line == 0 || ends.get(line)) {
      return;
    }
    JobAnswer answer = begun.computeIfAbsent(line, any -> new JobAnswer(assemblers.get()));
    if (answer.take(record)) {
      begun.remove(line);
      ends.set(line);
      if (answer.answer().terminal() instanceof ReplyRecord.Done) {
        completed++;
      } else {
        failed++;
      }
      ended.ended(line, answer.answer());
    }
  }

  /** The line of a job; 0 for what is none of ours. */
  private int lineOf(String key) {
    if (key == null || !key.startsWith(batch + BETWEEN)) {
      return 0;
    }
    try {
      int line = Integer.parseInt(key.substring(batch.length() + 1));
      return line >= 1 && line <= total && key.equals(job(batch, line)) ? line : 0;
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  boolean hasEnded(int line) {
    return ends.get(line);
  }

  boolean allEnded() {
    return ends.cardinality() == total;
  }

  /** The first line behind this one that has not ended; beyond the last one where all have. */
  int nextOpen(int line) {
    return ends.nextClearBit(line + 1);
  }

  int total() {
    return total;
  }

  /** Lines with an answer. */
  int completed() {
    return completed;
  }

  /** Lines that will have none. */
  int failed() {
    return failed;
  }
}
