package dev.relevo.client;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Delta.ToolCall;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What was read of an answer and not given to its subscriber yet. The reader of all answers puts
 * pieces in and never waits: beyond a bound of pieces, more are joined to one for each answer, so a
 * slow subscriber costs no more than the answer's own text, and is given all of it.
 */
final class ChunkBuffer {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final int bound;
  private final Deque<ReplyChunk> chunks = new ArrayDeque<>();
  private final Map<Integer, Joined> joined = new TreeMap<>();
  private long joinedTo;
  private long givenTo;
  private boolean ended;
  private boolean discarding;
  private @Nullable JobException failure;
  private Runnable listener = () -> {};

  ChunkBuffer(int bound) {
    this.bound = bound;
  }

  void offer(ReplyChunk chunk) {
    Runnable told;
    lock.lock();
    try {
      if (ended || discarding) {
        return;
      }
      switch (chunk) {
        case ReplyChunk.Restart restart -> {
          // What nobody was given yet need not be taken back.
          chunks.clear();
          joined.clear();
          chunks.add(restart);
        }
        case ReplyChunk.Piece piece -> {
          if (chunks.size() < bound && joined.isEmpty()) {
            chunks.add(piece);
          } else {
            joined.computeIfAbsent(piece.index(), index -> new Joined(piece)).add(piece);
            joinedTo = piece.position();
          }
        }
      }
      changed.signal();
      told = listener;
    } finally {
      lock.unlock();
    }
    told.run();
  }

  /** No more comes; what is there can still be taken. */
  void end(@Nullable JobException failure) {
    Runnable told;
    lock.lock();
    try {
      if (ended) {
        return;
      }
      ended = true;
      this.failure = failure;
      changed.signalAll();
      told = listener;
    } finally {
      lock.unlock();
    }
    told.run();
  }

  /**
   * Nobody wants any more of it.
   *
   * @return whether the answer had come to its end
   */
  boolean discard() {
    lock.lock();
    try {
      discarding = true;
      chunks.clear();
      joined.clear();
      return ended;
    } finally {
      lock.unlock();
    }
  }

  /** Called after every change, on the thread that made it; must be quick. */
  void onChange(Runnable listener) {
    lock.lock();
    try {
      this.listener = listener;
    } finally {
      lock.unlock();
    }
  }

  /** The next chunk, or null when there is none now. */
  @Nullable ReplyChunk poll() {
    lock.lock();
    try {
      return next();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the next chunk.
   *
   * @return null at the end of the answer
   * @throws JobException when the job failed, after its last chunk
   */
  @Nullable ReplyChunk take() {
    lock.lock();
    try {
      ReplyChunk chunk = next();
      while (chunk == null && !ended) {
        changed.await();
        chunk = next();
      }
      if (chunk == null && failure != null) {
        throw failure;
      }
      return chunk;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new JobException(
          JobException.INTERRUPTED, "The thread that waited for the answer was interrupted.", e);
    } finally {
      lock.unlock();
    }
  }

  /** Whether all was taken and no more comes. */
  boolean isDrained() {
    lock.lock();
    try {
      return ended && chunks.isEmpty() && joined.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Why it ended, when it ended badly. */
  @Nullable JobException failure() {
    lock.lock();
    try {
      return failure;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable ReplyChunk next() {
    if (chunks.isEmpty()) {
      unjoin();
    }
    ReplyChunk chunk = chunks.poll();
    if (chunk != null) {
      givenTo = chunk.position();
    }
    return chunk;
  }

  /** Pieces of several answers came in turn: whoever was given the last of these was given all. */
  private void unjoin() {
    int left = joined.size();
    for (Map.Entry<Integer, Joined> answer : joined.entrySet()) {
      left--;
      chunks.add(answer.getValue().toPiece(answer.getKey(), left == 0 ? joinedTo : givenTo));
    }
    joined.clear();
  }

  /** Pieces of one answer as one. */
  private static final class Joined {
    private final long fromSeq;
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final StringBuilder refusal = new StringBuilder();
    private final List<ToolCall> toolCalls = new ArrayList<>();
    private long toSeq;

    private Joined(ReplyChunk.Piece first) {
      fromSeq = first.fromSeq();
    }

    private void add(ReplyChunk.Piece piece) {
      toSeq = piece.toSeq();
      append(content, piece.delta().content());
      append(reasoning, piece.delta().reasoning());
      append(refusal, piece.delta().refusal());
      toolCalls.addAll(piece.delta().toolCalls());
    }

    private ReplyChunk.Piece toPiece(int index, long position) {
      return new ReplyChunk.Piece(
          fromSeq,
          toSeq,
          index,
          new Delta(text(content), text(reasoning), text(refusal), toolCalls),
          position);
    }

    private static void append(StringBuilder to, @Nullable String text) {
      if (text != null) {
        to.append(text);
      }
    }

    private static @Nullable String text(StringBuilder from) {
      return from.isEmpty() ? null : from.toString();
    }
  }
}
