package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import dev.relevo.common.config.SettingsException;
import dev.relevo.common.supervision.Part;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Looks at the settings file while the process runs and hands over what it says when that is
 * another than before. A thread of its own reads it; a crash of it is started again and changes
 * nothing.
 */
final class SettingsWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SettingsWatch.class);

  static final Duration LOOK = Duration.ofMillis(250);

  /** Larger than any settings that are read; what follows is not looked at. */
  private static final int MOST_BYTES = 2 << 20;

  private final Path file;
  private final Supplier<Settings> loader;
  private final SettingsReload reload;
  private final Consumer<SettingsReload.News> teller;
  private final SettledFile settled = new SettledFile();
  private final CountDownLatch closed = new CountDownLatch(1);

  private SettingsWatch(
      Path file,
      Supplier<Settings> loader,
      SettingsReload reload,
      Consumer<SettingsReload.News> teller) {
    this.file = file;
    this.loader = loader;
    this.reload = reload;
    this.teller = teller;
  }

  /**
   * Begins to look.
   *
   * @param loader reads the settings anew, as at the start of the process
   * @param teller is told what people have to know
   */
  static SettingsWatch start(
      Path file,
      Supplier<Settings> loader,
      SettingsReload reload,
      Consumer<SettingsReload.News> teller,
      Part part) {
    SettingsWatch watch = new SettingsWatch(file, loader, reload, teller);
    if (Files.isRegularFile(file)) {
      var _ = part.start(Thread.ofPlatform().daemon().name("settings-watch"), watch::run);
    } else {
      LOG.info("{} can be read only once, so changes of it need a restart", file);
    }
    return watch;
  }

  @Override
  public void close() {
    closed.countDown();
  }

  private void run() throws InterruptedException {
    while (!closed.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
      SettledFile.Look look = look();
      if (settled.isDue(look, System.nanoTime())) {
        read(look);
      }
    }
  }

  private void read(SettledFile.Look look) {
    SettingsReload.Reading reading;
    if (look.isGone() && Files.exists(file)) {
      reading = new SettingsReload.Broken(List.of(file + ": the file is empty"));
    } else {
      try {
        reading = new SettingsReload.Good(loader.get());
      } catch (SettingsException e) {
        reading = new SettingsReload.Broken(e.problems());
      }
    }
    if (!look.equals(look())) {
      settled.notRead();
      return;
    }
    SettingsReload.News news = reload.take(reading);
    if (!news.lines().isEmpty()) {
      teller.accept(news);
    }
  }

  /** Tells it in the log. */
  static void log(SettingsReload.News news) {
    Level level = news.broken() ? Level.WARN : Level.INFO;
    news.lines().forEach(line -> LOG.atLevel(level).log("{}", line));
  }

  private SettledFile.Look look() {
    if (!Files.isRegularFile(file)) {
      return new SettledFile.Look("");
    }
    try (InputStream in = Files.newInputStream(file)) {
      // Not as text, which it may not be; only what is equal matters.
      return new SettledFile.Look(
          new String(in.readNBytes(MOST_BYTES), StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      LOG.debug("{} cannot be read now", file, e);
      return new SettledFile.Look("");
    }
  }
}
