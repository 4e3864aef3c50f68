package dev.relevo.broker;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.bootstrap.BootstrapDirectory;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.metadata.storage.Formatter;
import org.jspecify.annotations.Nullable;

/**
 * The folder that holds Kafka's data, locked for as long as this object is open.
 *
 * <p>The lock is a file of ours, taken before anything in the folder is read or written: Kafka
 * takes its own {@code .lock} only after its controller has begun to write. That one is looked at
 * as well, for another Kafka may use the folder.
 */
final class DataFolder implements AutoCloseable {

  private static final String OUR_LOCK = "relevo.lock";
  private static final String KAFKA_LOCK = ".lock";

  /**
   * What an interrupted formatting can leave behind; with nothing else there is no data to lose.
   */
  private static final Set<String> BEFORE_FORMATTED =
      Set.of(OUR_LOCK, KAFKA_LOCK, BootstrapDirectory.BINARY_BOOTSTRAP_FILENAME);

  private final Path path;
  private final FileChannel lockFile;

  private DataFolder(Path path, FileChannel lockFile) {
    this.path = path;
    this.lockFile = lockFile;
  }

  /**
   * Makes the folder if it is missing, locks it and formats it if it is empty.
   *
   * @throws BrokerStartException if it cannot be written, is in use, or holds anything but the data
   *     of a broker with this node id
   */
  static DataFolder open(Path folder, int nodeId) throws BrokerStartException {
    Path path = folder.toAbsolutePath().normalize();
    FileChannel lockFile = lock(path);
    DataFolder opened = new DataFolder(path, lockFile);
    try {
      opened.prepare(nodeId);
      return opened;
    } catch (IOException e) {
      BrokerStartException failure = unusable(path, e);
      opened.closeAfter(failure);
      throw failure;
    } catch (BrokerStartException e) {
      opened.closeAfter(e);
      throw e;
    }
  }

  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    lockFile.close();
  }

  private void closeAfter(Exception failure) {
    try {
      close();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private static FileChannel lock(Path path) throws BrokerStartException {
    try {
      // A symbolic link to a folder is as good as a folder.
      if (!Files.isDirectory(path)) {
        Files.createDirectories(path);
      }
      FileChannel channel = tryLock(path.resolve(OUR_LOCK));
      if (channel == null) {
        throw inUse(path);
      }
      return channel;
    } catch (IOException e) {
      throw unusable(path, e);
    }
  }

  private static @Nullable FileChannel tryLock(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean locked = false;
    try {
      FileLock lock = channel.tryLock();
      locked = lock != null;
    } catch (OverlappingFileLockException e) {
      // Another broker of this JVM has it; to the caller that is as locked as by another process.
      locked = false;
    } finally {
      if (!locked) {
        channel.close();
      }
    }
    return locked ? channel : null;
  }

  private void prepare(int nodeId) throws IOException, BrokerStartException {
    if (Files.exists(path.resolve(MetaPropertiesEnsemble.META_PROPERTIES_NAME))) {
      requireUnusedByKafka();
      requireOurs(nodeId);
    } else {
      requireEmpty();
      format(nodeId);
    }
  }

  private void requireUnusedByKafka() throws IOException, BrokerStartException {
    try (FileChannel lock = tryLock(path.resolve(KAFKA_LOCK))) {
      if (lock == null) {
        throw inUse(path);
      }
    }
  }

  private void requireOurs(int nodeId) throws IOException, BrokerStartException {
    try {
      new MetaPropertiesEnsemble.Loader()
          .addMetadataLogDir(path.toString())
          .addLogDirs(List.of(path.toString()))
          .load()
          .verify(
              Optional.empty(),
              OptionalInt.of(nodeId),
              EnumSet.of(
                  MetaPropertiesEnsemble.VerificationFlag.REQUIRE_AT_LEAST_ONE_VALID,
                  MetaPropertiesEnsemble.VerificationFlag.REQUIRE_METADATA_LOG_DIR));
    } catch (RuntimeException e) {
      throw new BrokerStartException(
          "The data folder %s belongs to another Kafka broker or is damaged (%s): choose another folder."
              .formatted(path, oneLine(e)),
          e);
    }
  }

  private void requireEmpty() throws IOException, BrokerStartException {
    List<String> strangers;
    try (Stream<Path> files = Files.list(path)) {
      strangers =
          files
              .map(file -> String.valueOf(file.getFileName()))
              .filter(name -> !BEFORE_FORMATTED.contains(name))
              .sorted()
              .toList();
    }
    if (!strangers.isEmpty()) {
      // Nothing of ours stays in a folder that is not ours.
      Files.deleteIfExists(path.resolve(OUR_LOCK));
      throw new BrokerStartException(
          "The folder %s is not empty and holds no Kafka data (but %s): choose an empty or new folder."
              .formatted(path, strangers.getFirst()));
    }
  }

  private void format(int nodeId) throws BrokerStartException {
    try (PrintStream silent =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
      new Formatter()
          .setPrintStream(silent)
          .setNodeId(nodeId)
          .setClusterId(Uuid.randomUuid().toString())
          .setControllerListenerName(Listeners.CONTROLLER)
          .setMetadataLogDirectory(path.toString())
          .addDirectory(path.toString())
          .run();
    } catch (Exception e) {
      throw unusable(path, e);
    }
  }

  private static BrokerStartException inUse(Path path) {
    return new BrokerStartException(
        "The data folder %s is in use by another broker: stop that one or choose another folder."
            .formatted(path));
  }

  private static BrokerStartException unusable(Path path, Exception e) {
    return new BrokerStartException(
        "The data folder %s cannot be used (%s): make it a writable folder or choose another."
            .formatted(path, oneLine(e)),
        e);
  }

  static String oneLine(Throwable e) {
    String message = e.getMessage();
    String reason = message == null ? "" : ": " + message.lines().findFirst().orElse("");
    return e.getClass().getSimpleName() + reason;
  }
}
