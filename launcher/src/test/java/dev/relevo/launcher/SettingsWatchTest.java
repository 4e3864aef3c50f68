package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.Settings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.launcher.SettingsReload.News;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files that are edited in the ways that there are. */
@Timeout(60)
class SettingsWatchTest {
  @TempDir Path folder;

  private final SettingsLoader loader = new SettingsLoader().withNodeId("attic");
  private final BlockingQueue<List<String>> given = new LinkedBlockingQueue<>();
  private final BlockingQueue<News> news = new LinkedBlockingQueue<>();
  private final AtomicBoolean crashes = new AtomicBoolean();
  private final AtomicInteger crashed = new AtomicInteger();
  private SettingsWatch watch;

  @AfterEach
  void stop() {
    watch.close();
  }

  private static String yaml(String backend) {
    return "node:\n  backends:\n    - name: %s\n      type: echo\n".formatted(backend);
  }

  private void start(Path file) {
    SettingsReload reload =
        new SettingsReload(
            "relevo.yaml",
            loader.load(file, Map.of()),
            Set.of("node"),
            settings -> settings.node().backends(),
            backends -> given.add(backends.stream().map(BackendSettings::name).toList()));
    watch =
        SettingsWatch.start(
            file,
            () -> load(file),
            reload,
            news::add,
            new Supervisor("The test", part -> crashed::incrementAndGet).part("watch"));
  }

  private Settings load(Path file) {
    if (crashes.compareAndSet(true, false)) {
      throw new IllegalStateException("as the test wants it");
    }
    return loader.load(file, Map.of());
  }

  private void awaitGiven(String backend) throws InterruptedException {
    assertThat(given.poll(30, TimeUnit.SECONDS)).containsExactly(backend);
    assertThat(news.take().broken()).isFalse();
  }

  @Test
  void aFileThatIsWrittenInPlaceOrReplacedByAnother() throws Exception {
    Path file = Files.writeString(folder.resolve("relevo.yaml"), yaml("one"));
    start(file);

    Files.writeString(file, yaml("two"));
    awaitGiven("two");

    Path draft = Files.writeString(folder.resolve(".relevo.yaml.swp"), yaml("three"));
    Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    awaitGiven("three");

    Files.delete(file);
    Files.writeString(file, yaml("four"));
    awaitGiven("four");
  }

  @Test
  void aLinkThatTurns() throws Exception {
    Path first = Files.createDirectory(folder.resolve("..first"));
    Path second = Files.createDirectory(folder.resolve("..second"));
    Files.writeString(first.resolve("relevo.yaml"), yaml("one"));
    Files.writeString(second.resolve("relevo.yaml"), yaml("two"));
    Path data = Files.createSymbolicLink(folder.resolve("..data"), first.getFileName());
    Path file =
        Files.createSymbolicLink(folder.resolve("relevo.yaml"), Path.of("..data/relevo.yaml"));
    start(file);

    Path turned = Files.createSymbolicLink(folder.resolve("..tmp"), second.getFileName());
    Files.move(turned, data, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);

    awaitGiven("two");
  }

  @Test
  void aBrokenEditIsToldWithItsLineAndChangesNothing() throws Exception {
    Path file = Files.writeString(folder.resolve("relevo.yaml"), yaml("one"));
    start(file);

    Files.writeString(file, "node:\n  capcity: 3\n");

    News told = news.poll(30, TimeUnit.SECONDS);
    assertThat(told.broken()).isTrue();
    assertThat(told.lines().getLast())
        .endsWith(
            "relevo.yaml:2: node.capcity: there is no such setting (did you mean node.capacity?)");
    Files.writeString(file, yaml("two"));
    awaitGiven("two");
    assertThat(news).as("it was told once").isEmpty();
  }

  @Test
  void anEmptiedFileIsNoFile() throws Exception {
    Path file = Files.writeString(folder.resolve("relevo.yaml"), yaml("one"));
    start(file);

    Files.writeString(file, "");

    assertThat(news.poll(30, TimeUnit.SECONDS).lines().getLast()).endsWith("the file is empty");
    assertThat(given).isEmpty();
  }

  @Test
  void aKeyThatIsChangedInAFileOfItsOwn() throws Exception {
    Path key = Files.writeString(folder.resolve("key"), "s3cret");
    Path file =
        Files.writeString(
            folder.resolve("relevo.yaml"), yaml("one") + "      api-key: ${file:" + key + "}\n");
    start(file);

    Files.writeString(key, "s3cret-2");

    awaitGiven("one");
  }

  @Test
  void aCrashOfItIsStartedAgain() throws Exception {
    Path file = Files.writeString(folder.resolve("relevo.yaml"), yaml("one"));
    crashes.set(true);
    start(file);

    Files.writeString(file, yaml("two"));

    awaitGiven("two");
    assertThat(crashed).hasValue(1);
  }
}
