package dev.relevo.client;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All who follow answers through a client. Their loop is started with the first of them, and ends
 * when there was none for a while; should it break, the next one starts another. The lock is held
 * for moments, never while Kafka is waited for.
 */
final class Followers {
  /**
   * Topics that one consumer reads in its life: it keeps some metrics of every topic it ever read.
   */
  static final int MOST_TOPICS_READ = 512;

  private final KafkaClients clients;
  private final Supplier<Consumer<String, byte[]>> consumers;
  private final PlaceInquiry inquiry;
  private final int bound;
  private final int mostTopicsRead;
  private final Duration idle;
  private final Set<OpenJob> all = new HashSet<>();
  private @Nullable FollowLoop loop;
  private @Nullable JobException closed;

  /**
   * @param bound the most that may follow at a time
   * @param mostTopicsRead by one consumer in its life
   * @param idle how long the loop waits for the next one when there are none
   */
  Followers(
      KafkaClients clients,
      Supplier<Consumer<String, byte[]>> consumers,
      PlaceInquiry inquiry,
      int bound,
      int mostTopicsRead,
      Duration idle) {
    this.clients = clients;
    this.consumers = consumers;
    this.inquiry = inquiry;
    this.bound = bound;
    this.mostTopicsRead = mostTopicsRead;
    this.idle = idle;
  }

  /** Follows an answer, or fails the job with the reason why not. */
  synchronized void add(OpenJob job) {
    if (closed != null) {
      job.fail(closed);
    } else if (all.size() >= bound) {
      job.fail(
          new JobException(
              JobException.TOO_MANY_FOLLOWED,
              "This client follows "
                  + all.size()
                  + " answers already: wait for some of them to end, or raise maxFollowed."));
    } else {
      try {
        running().add(job);
        all.add(job);
      } catch (KafkaProblem e) {
        job.fail(new JobException(JobException.UNREADABLE, String.valueOf(e.getMessage()), e));
      }
    }
  }

  private FollowLoop running() {
    FollowLoop running = loop;
    if (running == null) {
      LoopOwner owner = new LoopOwner();
      running = new FollowLoop(clients, consumers, inquiry, owner, mostTopicsRead, idle);
      owner.mine = running;
      loop = running;
      Thread.ofPlatform().daemon().name("relevo-client-follow").start(running);
    }
    return running;
  }

  /** Whether there is a thread that reads for them. */
  synchronized boolean isRunning() {
    return loop != null;
  }

  /** Follows it no longer; it ends with the reason unless it has ended. */
  synchronized void remove(OpenJob job, JobException reason) {
    job.fail(reason);
    if (all.remove(job) && loop != null) {
      loop.remove(job);
    }
  }

  /** Ends all that are left. */
  synchronized void close(JobException reason) {
    closed = reason;
    all.forEach(job -> job.fail(reason));
    all.clear();
    if (loop != null) {
      loop.stop();
    }
  }

  private final class LoopOwner implements FollowLoop.Owner {
    private @Nullable FollowLoop mine;

    @Override
    public boolean mayEnd() {
      synchronized (Followers.this) {
        if (mine == null || !mine.hasNothingToDo()) {
          return false;
        }
        loop = null;
        return true;
      }
    }

    @Override
    public void ended(OpenJob job) {
      synchronized (Followers.this) {
        all.remove(job);
      }
    }

    @Override
    public void broken(JobException failure) {
      synchronized (Followers.this) {
        List.copyOf(all).forEach(job -> job.fail(failure));
        all.clear();
        loop = null;
      }
    }
  }
}
