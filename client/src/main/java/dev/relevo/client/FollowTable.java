package dev.relevo.client;

import dev.relevo.client.PlaceInquiry.Finding;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who follows which answers where; of one thread. It gives records to followers and ends them. */
final class FollowTable {
  private static final Logger LOG = LoggerFactory.getLogger(FollowTable.class);

  private final Map<TopicPartition, FollowedPartition> partitions = new HashMap<>();
  private final Set<TopicPartition> touched = new HashSet<>();
  private final Set<TopicPartition> goingBack = new HashSet<>();
  private final Consumer<OpenJob> onEnd;
  private long changes;

  /**
   * @param onEnd told of everyone who follows no longer, unless he was removed
   */
  FollowTable(Consumer<OpenJob> onEnd) {
    this.onEnd = onEnd;
  }

  static TopicPartition partition(OpenJob job) {
    ReplyPlace place = job.place();
    return new TopicPartition(place.topic(), place.partition());
  }

  /** Where there are followers. */
  Set<TopicPartition> partitions() {
    return partitions.keySet();
  }

  /** How often it has changed where there are followers. */
  long changes() {
    return changes;
  }

  /** Where the consumer has to stand. */
  long position(TopicPartition partition) {
    FollowedPartition followers = partitions.get(partition);
    return followers == null ? 0 : followers.position();
  }

  /** Partitions that may have to be left, or read from elsewhere, since this was last asked. */
  Set<TopicPartition> touched() {
    Set<TopicPartition> changed = new HashSet<>(touched);
    touched.clear();
    for (TopicPartition partition : changed) {
      FollowedPartition followers = partitions.get(partition);
      if (followers != null && followers.isEmpty()) {
        partitions.remove(partition);
        followers = null;
        changes++;
      }
      if (followers != null && followers.goesBack()) {
        goingBack.add(partition);
      } else {
        goingBack.remove(partition);
      }
    }
    return changed;
  }

  /** Begins to follow a place that was asked for, or ends the follower with what is wrong. */
  void add(OpenJob job, @Nullable Finding finding) {
    TopicPartition partition = partition(job);
    JobException refused = refuse(job, partition, finding);
    if (refused != null) {
      job.fail(refused);
      onEnd.accept(job);
    } else if (finding instanceof Finding.There there) {
      // No job runs for as long as its place keeps records: where the beginning of one is gone, it
      // has ended before what stands there last, and must be whole until there.
      long from = job.place().fromOffset();
      long endsBefore = from < there.first() ? there.end() : Long.MAX_VALUE;
      FollowedPartition followers =
          partitions.computeIfAbsent(
              partition,
              any -> {
                changes++;
                return new FollowedPartition();
              });
      followers.add(new Followed(job, Math.max(from, there.first()), endsBefore));
      job.acknowledge();
      touched.add(partition);
      endOverdue(partition, followers);
    }
  }

  private static @Nullable JobException refuse(
      OpenJob job, TopicPartition partition, @Nullable Finding finding) {
    return switch (finding) {
      case Finding.There there when job.place().fromOffset() > there.end() ->
          gone(partition, "it was made anew");
      case Finding.There there when job.after() >= there.end() ->
          new JobException(
              JobException.NO_SUCH_POSITION,
              "Job "
                  + job.id()
                  + " cannot be followed after position "
                  + job.after()
                  + ": "
                  + partition
                  + " ends before it.");
      case Finding.There there -> null;
      case Finding.Missing missing ->
          new JobException(
              JobException.NO_SUCH_REPLY,
              "There is no reply place "
                  + partition
                  + ": the answer was read and deleted, or never asked for.");
      case Finding.Unclear unclear ->
          new JobException(
              JobException.UNREADABLE,
              String.valueOf(unclear.problem().getMessage()),
              unclear.problem());
      case null ->
          new JobException(JobException.UNREADABLE, "Kafka said nothing of " + partition + ".");
    };
  }

  void remove(OpenJob job) {
    TopicPartition partition = partition(job);
    FollowedPartition followers = partitions.get(partition);
    if (followers != null) {
      followers.of(job.id()).stream().filter(one -> one.job() == job).forEach(followers::remove);
      touched.add(partition);
    }
  }

  /** Whether it is worth to know how far a partition reaches. */
  boolean isGoingBack(TopicPartition partition) {
    return goingBack.contains(partition);
  }

  /**
   * Gives records to those who follow.
   *
   * @param records from where the consumer had to stand, one or more
   * @param end as far as the partition is known to reach
   */
  void read(TopicPartition partition, List<ConsumerRecord<String, byte[]>> records, long end) {
    FollowedPartition followers = partitions.get(partition);
    if (followers == null) {
      return;
    }
    List<Followed> done = new ArrayList<>();
    for (ConsumerRecord<String, byte[]> record : records) {
      give(record, followers.at(record.key(), record.offset()), done);
    }
    followers.read(records.getLast().offset() + 1, records.size(), end);
    done.forEach(one -> end(followers, one));
    endOverdue(partition, followers);
    touched.add(partition);
  }

  /** Nothing came from anywhere. */
  void nothingCame() {
    for (TopicPartition partition : goingBack) {
      FollowedPartition followers = partitions.get(partition);
      if (followers != null) {
        followers.nothingCame();
        touched.add(partition);
      }
    }
  }

  /** The partition is not there any more. */
  void vanished(TopicPartition partition) {
    failAll(partition, gone(partition, "it was deleted"));
  }

  void failAll(TopicPartition partition, JobException why) {
    FollowedPartition followers = partitions.get(partition);
    if (followers != null) {
      followers.all().forEach(one -> fail(followers, one, why));
      touched.add(partition);
    }
  }

  private static void give(
      ConsumerRecord<String, byte[]> record, List<Followed> followers, List<Followed> done) {
    if (followers.isEmpty()) {
      return;
    }
    try {
      Fence fence = MessageCodec.fence(record.headers());
      if (fence != null) {
        ReplyRecord reply = MessageCodec.decode(ReplyRecord.class, record.value());
        for (Followed one : followers) {
          if (one.job().take(record.offset(), record.timestamp(), fence, reply)) {
            done.add(one);
          }
        }
      }
    } catch (MalformedRecordException e) {
      // Void by the reader's rule: a hole shows in the numbers of the chunks.
      LOG.warn(
          "A record of job {} at {}-{}@{} cannot be read and does not count: {}",
          record.key(),
          record.topic(),
          record.partition(),
          record.offset(),
          e.getMessage());
    }
  }

  private void endOverdue(TopicPartition partition, FollowedPartition followers) {
    for (Followed one : followers.overdue()) {
      fail(followers, one, gone(partition, "its beginning is older than what Kafka keeps there"));
    }
  }

  private void fail(FollowedPartition followers, Followed one, JobException why) {
    one.job().fail(why);
    end(followers, one);
  }

  private void end(FollowedPartition followers, Followed one) {
    followers.remove(one);
    onEnd.accept(one.job());
  }

  private static JobException gone(TopicPartition partition, String why) {
    return new JobException(
        JobException.REPLY_DELETED,
        "The reply place " + partition + " no longer holds the answer: " + why + ".");
  }
}
