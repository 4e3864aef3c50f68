package dev.relevo.gateway.files;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.common.protocol.JobIds;
import java.io.InputStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files in Kafka: each is a topic, {@code relevo.files.<UUIDv7>}, with its content in pieces and
 * one closing record. All gateways of a house see the same files. Methods throw {@link
 * KafkaProblem}. Thread-safe.
 */
public final class FileStore implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FileStore.class);

  /** What has no closing record by then broke off. */
  private static final Duration LONGEST_WRITING = Duration.ofDays(1);

  /** A batch that began just before its input expired still reads it to its end. */
  private static final Duration MARGIN = Duration.ofHours(25);

  private static final int MOST_DELETED_AT_ONCE = 100;

  private final KafkaClients clients;
  private final InstantSource clock;
  private final FileLimits limits;
  private final SecureRandom random = new SecureRandom();
  private final Admin admin;
  private final TopicAdmin topics;
  private final FileIndex index;

  public FileStore(
      KafkaClients clients, TopicLayout layout, InstantSource clock, FileLimits limits) {
    this.clients = clients;
    this.clock = clock;
    this.limits = limits;
    this.admin = clients.admin("relevo-gateway-files");
    this.topics = new TopicAdmin(admin, layout, clients.access().bootstrapServers());
    this.index = new FileIndex(clients, admin, layout.names(), FileIndex.READ_BOUND);
  }

  /** What files may take. */
  public FileLimits limits() {
    return limits;
  }

  /** Whether there is room for another upload. What batches write finds room in any case. */
  public boolean hasRoom() {
    return index.topics().size() < limits.mostFiles();
  }

  /** Begins a file. */
  public FileWriter create() {
    long nowMs = clock.millis();
    String uuid = JobIds.create(nowMs, random);
    String topic = index.place(uuid).topic();
    // How long it lives is often known when it is written; none may live longer.
    topics.createFile(topic, FileLimits.LONGEST_LIFE.plus(MARGIN));
    return new FileWriter(clients, this, uuid, topic, nowMs);
  }

  /** The file with this id, unless it has gone or expired. */
  public Optional<StoredFile> find(String id) {
    return findEvenExpired(id).filter(file -> !file.isExpired(clock.millis()));
  }

  /** The same, also after its time, as long as it is there. */
  public Optional<StoredFile> findEvenExpired(String id) {
    return StoredFile.uuidOf(id)
        .filter(index::exists)
        .flatMap(uuid -> Optional.ofNullable(index.read(List.of(uuid)).get(uuid)));
  }

  /** All that somebody may see, the newest first. */
  public List<StoredFile> list(Predicate<StoredFile> wanted) {
    long nowMs = clock.millis();
    return index.read(index.topics()).values().stream()
        .filter(file -> !file.isExpired(nowMs))
        .filter(wanted)
        .sorted(
            Comparator.comparingLong(StoredFile::createdAtMs)
                .thenComparing(StoredFile::uuid)
                .reversed())
        .toList();
  }

  /** The content, from its beginning; to be read by one thread, and closed. */
  public InputStream open(StoredFile file) {
    return new FileContent(clients, file, index.place(file.uuid()));
  }

  /** Removes a file; one that has gone already is fine. */
  public void delete(StoredFile file) {
    topics.delete(List.of(index.place(file.uuid()).topic()));
    index.remove(file.uuid());
  }

  /**
   * Removes what has expired, and what was begun over a day ago and never became a file.
   *
   * @param kept files that stay although they have expired: somebody works with them
   * @param orphan files that go although they have not: nobody knows of them
   * @return how many went
   */
  public int sweep(Predicate<StoredFile> kept, Predicate<StoredFile> orphan) {
    long nowMs = clock.millis();
    Set<String> all = index.topics();
    Map<String, StoredFile> files = index.read(all);
    List<String> gone = new ArrayList<>();
    for (String uuid : all) {
      StoredFile file = files.get(uuid);
      boolean goes =
          file == null
              ? JobIds.madeAtMs(uuid).orElse(nowMs) + LONGEST_WRITING.toMillis() < nowMs
              : orphan.test(file) || (file.isExpired(nowMs) && !kept.test(file));
      if (goes && gone.size() < MOST_DELETED_AT_ONCE) {
        gone.add(uuid);
      }
    }
    topics.delete(gone.stream().map(uuid -> index.place(uuid).topic()).toList());
    gone.forEach(index::remove);
    return gone.size();
  }

  /** Removes what never became a file; where that fails the sweep does it, a day later. */
  void abandon(String topic) {
    try {
      topics.delete(List.of(topic));
    } catch (KafkaProblem e) {
      LOG.warn("What was written of {} stays for a day: {}", topic, e.getMessage());
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(5));
  }
}
