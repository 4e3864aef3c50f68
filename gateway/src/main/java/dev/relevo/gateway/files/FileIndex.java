package dev.relevo.gateway.files;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.protocol.TopicNames;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * What the closing records of files say. A file never changes, so each is read once; whether it is
 * still there Kafka is asked every time. Thread-safe.
 */
final class FileIndex {
  /** Files whose ends are read in one go. */
  private static final int MOST_AT_ONCE = 500;

  private static final Duration CALL_BOUND = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(100);

  /** How long closing records may take to come, those of one go together. */
  static final Duration READ_BOUND = Duration.ofSeconds(15);

  /** So long nothing comes before it is asked whether the topics are there still. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private final KafkaClients clients;
  private final Admin admin;
  private final TopicNames names;
  private final Duration readBound;
  private final Map<String, StoredFile> known = new ConcurrentHashMap<>();

  /**
   * @param readBound {@link #READ_BOUND}
   */
  FileIndex(KafkaClients clients, Admin admin, TopicNames names, Duration readBound) {
    this.readBound = readBound;
    this.clients = clients;
    this.admin = admin;
    this.names = names;
  }

  /** The UUIDs of all topics of files, those without an end too. */
  Set<String> topics() {
    try {
      Set<String> found =
          admin.listTopics().names().get(CALL_BOUND.toSeconds(), TimeUnit.SECONDS).stream()
              .flatMap(topic -> names.fileOf(topic).stream())
              .collect(Collectors.toSet());
      known.keySet().retainAll(found);
      return found;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw clients.problem(e, "listing the files");
    } catch (ExecutionException | TimeoutException e) {
      throw clients.problem(e, "listing the files");
    }
  }

  /** Those of these that are files, by UUID. */
  Map<String, StoredFile> read(Collection<String> uuids) {
    List<String> unknown = uuids.stream().filter(uuid -> !known.containsKey(uuid)).toList();
    for (int from = 0; from < unknown.size(); from += MOST_AT_ONCE) {
      learn(unknown.subList(from, Math.min(unknown.size(), from + MOST_AT_ONCE)));
    }
    Map<String, StoredFile> files = new HashMap<>();
    for (String uuid : uuids) {
      StoredFile file = known.get(uuid);
      if (file != null) {
        files.put(uuid, file);
      }
    }
    return files;
  }

  private void learn(List<String> uuids) {
    Map<TopicPartition, Long> unread = new HashMap<>();
    ends(uuids)
        .forEach((uuid, end) -> {
          if (end > 0) {
            unread.put(place(uuid), end - 1);
          }
        });
    if (!unread.isEmpty()) {
      readLast(unread);
    }
  }

  /** Whether the topic of a file is there. */
  boolean exists(String uuid) {
    return existing(List.of(uuid)).contains(uuid);
  }

  TopicPartition place(String uuid) {
    return new TopicPartition(names.file(uuid), 0);
  }

  void add(StoredFile file) {
    known.put(file.uuid(), file);
  }

  void remove(String uuid) {
    known.remove(uuid);
  }

  /** Where the topics of files end, those that are there. */
  private Map<String, Long> ends(Collection<String> uuids) {
    // Asked for the end of a topic that has gone, a client would go on asking until its time is up.
    List<String> there = List.copyOf(existing(uuids));
    Map<String, Long> ends = new HashMap<>();
    if (there.isEmpty()) {
      return ends;
    }
    ListOffsetsResult result =
        admin.listOffsets(
            there.stream().collect(Collectors.toMap(this::place, any -> OffsetSpec.latest())));
    for (String uuid : there) {
      Optional.ofNullable(get(result.partitionResult(place(uuid)), uuid))
          .ifPresent(end -> ends.put(uuid, end.offset()));
    }
    return ends;
  }

  private Set<String> existing(Collection<String> uuids) {
    Set<String> there = new HashSet<>();
    Map<String, KafkaFuture<TopicDescription>> asked =
        admin.describeTopics(uuids.stream().map(names::file).toList()).topicNameValues();
    for (String uuid : uuids) {
      KafkaFuture<TopicDescription> description = asked.get(names.file(uuid));
      if (description != null && get(description, uuid) != null) {
        there.add(uuid);
      }
    }
    return there;
  }

  /** What Kafka says of a file; null where there is no such topic. */
  private <T> @Nullable T get(KafkaFuture<T> asked, String uuid) {
    try {
      return asked.get(CALL_BOUND.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw clients.problem(e, "looking at the file " + StoredFile.id(uuid));
    } catch (ExecutionException | TimeoutException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return null;
      }
      throw clients.problem(e, "looking at the file " + StoredFile.id(uuid));
    }
  }

  private void readLast(Map<TopicPartition, Long> places) {
    Map<TopicPartition, Long> open = new HashMap<>(places);
    Consumer<String, byte[]> consumer =
        clients.assignedConsumer("relevo-gateway-files", FetchWait.CHANGING, Start.EARLIEST);
    try {
      consumer.assign(open.keySet());
      open.forEach(consumer::seek);
      long untilNanos = System.nanoTime() + readBound.toNanos();
      long lookNanos = System.nanoTime() + LOOK_AGAIN.toNanos();
      while (!open.isEmpty() && System.nanoTime() - untilNanos < 0) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
          take(record, open);
        }
        // A consumer says nothing of a topic that went: it would wait for it to come back.
        if (!open.isEmpty() && System.nanoTime() - lookNanos >= 0) {
          open.keySet().retainAll(there(open.keySet()));
          lookNanos = System.nanoTime() + LOOK_AGAIN.toNanos();
        }
      }
    } catch (KafkaException e) {
      throw clients.problem(e, "reading what files there are");
    } finally {
      consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
    requireRead(open);
  }

  /** What went meanwhile is no file any more; what is there and did not come is Kafka's trouble. */
  private void requireRead(Map<TopicPartition, Long> unread) {
    for (TopicPartition place : unread.keySet()) {
      String uuid = names.fileOf(place.topic()).orElseThrow();
      if (exists(uuid)) {
        throw new KafkaProblem(
            KafkaProblem.Kind.TIMEOUT,
            "What the file %s is could not be read within %d s: try again."
                .formatted(StoredFile.id(uuid), readBound.toSeconds()),
            null);
      }
    }
  }

  private Set<TopicPartition> there(Set<TopicPartition> places) {
    return existing(
            places.stream().map(place -> names.fileOf(place.topic()).orElseThrow()).toList())
        .stream()
        .map(this::place)
        .collect(Collectors.toSet());
  }

  private void take(ConsumerRecord<String, byte[]> record, Map<TopicPartition, Long> open) {
    if (FileParts.CLOSING_KEY.equals(record.key())) {
      StoredFile.decode(record.value()).ifPresent(this::add);
    }
    TopicPartition place = new TopicPartition(record.topic(), record.partition());
    Long last = open.get(place);
    if (last != null && record.offset() >= last) {
      open.remove(place);
    }
  }
}
