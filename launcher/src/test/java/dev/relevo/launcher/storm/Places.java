package dev.relevo.launcher.storm;

import dev.relevo.launcher.PlainProducer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartition;

/** Where answers go: made before the storm, for nobody else makes them. */
final class Places {
  static final String INBOX = "relevo.inbox.storm";

  private static final int AT_ONCE = 50;

  private final Map<String, String> own = new HashMap<>();
  private final Map<String, String> others = new HashMap<>();

  Places(StormPlan plan) {
    for (JobPlan job : plan.jobs()) {
      if (job.place() == JobPlan.Place.TOPIC) {
        own.put(job.id(), "relevo.replies." + PlainProducer.jobId());
      }
      if (job.again().stream().anyMatch(JobPlan.Again::elsewhere)) {
        others.put(job.id(), "relevo.replies." + PlainProducer.jobId());
      }
    }
  }

  /** Makes all of them. */
  void make(String bootstrap) throws Exception {
    List<NewTopic> topics = new ArrayList<>();
    topics.add(new NewTopic(INBOX, StormPlan.INBOX_PARTITIONS, (short) 1));
    own.values().forEach(topic -> topics.add(new NewTopic(topic, 1, (short) 1)));
    others.values().forEach(topic -> topics.add(new NewTopic(topic, 1, (short) 1)));
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      for (int from = 0; from < topics.size(); from += AT_ONCE) {
        admin
            .createTopics(topics.subList(from, Math.min(topics.size(), from + AT_ONCE)))
            .all()
            .get();
      }
    }
  }

  /** Where a job's answer goes; null for nowhere. */
  TopicPartition of(JobPlan job) {
    return switch (job.place()) {
      case NONE -> null;
      case INBOX -> inbox(job.id());
      case TOPIC -> new TopicPartition(own.get(job.id()), 0);
    };
  }

  /** The other place that a second submit names; null where none does. */
  TopicPartition elsewhere(JobPlan job) {
    String topic = others.get(job.id());
    return topic == null ? null : new TopicPartition(topic, 0);
  }

  /** The partition of the inbox that this one uses. */
  static TopicPartition inbox(String id) {
    return new TopicPartition(INBOX, Math.floorMod(id.hashCode(), StormPlan.INBOX_PARTITIONS));
  }

  List<TopicPartition> all() {
    List<TopicPartition> all = new ArrayList<>();
    IntStream.range(0, StormPlan.INBOX_PARTITIONS)
        .forEach(partition -> all.add(new TopicPartition(INBOX, partition)));
    own.values().forEach(topic -> all.add(new TopicPartition(topic, 0)));
    others.values().forEach(topic -> all.add(new TopicPartition(topic, 0)));
    return all;
  }
}
