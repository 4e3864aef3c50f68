package dev.relevo.client;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.protocol.ReplyPlace;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Reads one job's answer from its beginning, with a thread and a consumer of its own. */
final class Follower implements Runnable, ReplyLoop.Answers {
  private static final Duration LOOK_UP = Duration.ofSeconds(10);

  private final KafkaClients clients;
  private final OpenJob job;
  private final Runnable onEnd;
  private volatile @Nullable ReplyLoop loop;
  private volatile boolean stopped;

  /**
   * @param onEnd called once when it reads no more
   */
  Follower(KafkaClients clients, OpenJob job, Runnable onEnd) {
    this.clients = clients;
    this.job = job;
    this.onEnd = onEnd;
  }

  @Override
  public void run() {
    try (Consumer<String, byte[]> consumer =
        clients.assignedConsumer(
            "relevo-client-follow-" + job.id(), FetchWait.STEADY, Start.EARLIEST)) {
      ReplyPlace place = job.place();
      TopicPartition partition = new TopicPartition(place.topic(), place.partition());
      if (consumer.partitionsFor(place.topic(), LOOK_UP).size() <= place.partition()) {
        job.fail(
            new JobException(
                JobException.NO_SUCH_REPLY,
                "There is no reply place "
                    + partition
                    + ": the answer was read and deleted, or never asked for."));
        return;
      }
      consumer.assign(List.of(partition));
      consumer.seek(partition, place.fromOffset());
      job.acknowledge();
      ReplyLoop reading = new ReplyLoop(clients, consumer, this);
      loop = reading;
      if (!stopped) {
        reading.run();
      }
    } catch (RuntimeException e) {
      KafkaProblem problem = clients.problem(e, "following job " + job.id());
      broken(new JobException(JobException.UNREADABLE, String.valueOf(problem.getMessage()), e));
    } finally {
      onEnd.run();
    }
  }

  /** Reads no more; the handle ends with the reason unless it has ended. */
  void stop(JobException reason) {
    stopped = true;
    job.fail(reason);
    ReplyLoop reading = loop;
    if (reading != null) {
      reading.askToStop();
    }
  }

  @Override
  public @Nullable OpenJob find(@Nullable String key) {
    return job.id().equals(key) ? job : null;
  }

  @Override
  public void ended(OpenJob ended) {
    stop(new JobException(JobException.CLIENT_CLOSED, "The answer has ended."));
  }

  @Override
  public void read(int partition, long nextOffset) {
    // Its place is fixed.
  }

  @Override
  public void broken(JobException failure) {
    job.fail(failure);
  }
}
