package dev.relevo.dispatcher.kafka;

import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.dispatcher.core.Effect;
import dev.relevo.dispatcher.core.JobRecord;
import dev.relevo.dispatcher.core.Reaper;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What became of effects, from the threads of the producers to the loop. Bounded by the producers'
 * buffers: every entry was a record there.
 */
final class Answers {
  private final ConcurrentLinkedQueue<Answer> queue = new ConcurrentLinkedQueue<>();
  private final Runnable wakeup;

  /** What became of one effect. */
  sealed interface Answer {
    /** Kafka has it. */
    record Written(Effect effect, long offset) implements Answer {}

    /** Its reply place is not there. */
    record Unheard(Effect effect) implements Answer {}

    /** A stream was read back. */
    record Read(Effect.ReadBack effect, @Nullable ReplyRecord terminal) implements Answer {}

    /** A lane was read again; null where the record is not there any more. */
    record Body(Effect.ReadBody effect, @Nullable JobRecord record) implements Answer {}

    /** Kafka takes no assignment that large: the job ends. */
    record TooLarge(Effect.Assign effect) implements Answer {}

    /** The topics that there are. */
    record Listed(Set<String> topics) implements Answer {}

    /** What was seen of reply topics that were looked at. */
    record Seen(Map<String, Reaper.Seen> topics) implements Answer {}

    /** It cannot be written: the dispatcher has to stop. */
    record Broken(Effect effect, Throwable cause) implements Answer {}
  }

  /**
   * @param wakeup ends the loop's wait
   */
  Answers(Runnable wakeup) {
    this.wakeup = wakeup;
  }

  void add(Answer answer) {
    queue.add(answer);
    if (isAwaited(answer)) {
      wakeup.run();
    }
  }

  void drain(Consumer<Answer> to) {
    for (Answer answer = queue.poll(); answer != null; answer = queue.poll()) {
      to.accept(answer);
    }
  }

  /**
   * State and assignments are written all the time, and nothing waits for them; the steps of an
   * ending do.
   */
  private static boolean isAwaited(Answer answer) {
    return !(answer instanceof Answer.Written written)
        || !(written.effect() instanceof Effect.WriteState
            || written.effect() instanceof Effect.Assign);
  }
}
