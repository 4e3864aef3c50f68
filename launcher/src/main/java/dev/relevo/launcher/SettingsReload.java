package dev.relevo.launcher;

import dev.relevo.common.config.BackendChanges;
import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.Settings;
import dev.relevo.common.config.SettingsDifference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What the settings, read again while the process runs, change: backends at once, everything else
 * only with a restart, and nothing at all when something is wrong. Not thread-safe.
 */
final class SettingsReload {
  /** Problems of one file that are told. */
  static final int MOST_PROBLEMS = 20;

  private final String file;
  private final Settings started;
  private final Set<String> sections;
  private final Function<Settings, List<BackendSettings>> choice;
  private final Consumer<List<BackendSettings>> target;
  private List<BackendSettings> backends;
  private Reading last;

  /**
   * @param file its name, for people
   * @param started with which everything runs
   * @param sections of the settings that matter to what runs
   * @param choice which backends settings mean
   * @param target gets them when they are others; what it throws as {@link
   *     IllegalArgumentException} has changed nothing and is for people
   */
  SettingsReload(
      String file,
      Settings started,
      Set<String> sections,
      Function<Settings, List<BackendSettings>> choice,
      Consumer<List<BackendSettings>> target) {
    this.file = file;
    this.started = started;
    this.sections = sections;
    this.choice = choice;
    this.target = target;
    this.backends = choice.apply(started);
    this.last = new Good(started);
  }

  /** What came of reading the file. */
  sealed interface Reading permits Good, Broken {}

  /** These settings. */
  record Good(Settings settings) implements Reading {}

  /** Nothing that could be used. */
  record Broken(List<String> problems) implements Reading {}

  /**
   * What people have to know.
   *
   * @param broken whether the file cannot be used
   * @param lines none when nothing is new
   */
  record News(boolean broken, List<String> lines) {
    static final News NONE = new News(false, List.of());
  }

  /** Takes a reading; the same as the one before is no news. */
  News take(Reading reading) {
    if (reading.equals(last)) {
      return News.NONE;
    }
    Reading before = last;
    last = reading;
    return switch (reading) {
      case Broken broken -> broken(broken.problems());
      case Good good -> good(good.settings(), before);
    };
  }

  private News broken(List<String> problems) {
    List<String> lines = new ArrayList<>();
    lines.add(file + " was changed and cannot be used, so nothing has changed:");
    problems.stream().limit(MOST_PROBLEMS).forEach(lines::add);
    if (problems.size() > MOST_PROBLEMS) {
      lines.add("and " + (problems.size() - MOST_PROBLEMS) + " problems more");
    }
    return new News(true, lines);
  }

  private News good(Settings settings, Reading before) {
    List<BackendSettings> wanted = choice.apply(settings);
    BackendChanges changes = BackendChanges.between(backends, wanted);
    if (!changes.isEmpty()) {
      try {
        target.accept(wanted);
      } catch (IllegalArgumentException e) {
        return broken(List.of(String.valueOf(e.getMessage())));
      }
      backends = wanted;
    }
    List<String> later = SettingsDifference.keys(started, settings, sections);
    String now =
        changes.isEmpty()
            ? before instanceof Broken ? "is in order again" : "was changed"
            : "was changed: " + changes;
    String restart =
        later.isEmpty()
            ? ""
            : "; %s %s a restart and %s as %s"
                .formatted(
                    String.join(", ", later),
                    later.size() == 1 ? "needs" : "need",
                    later.size() == 1 ? "stays" : "stay",
                    later.size() == 1 ? "it was" : "they were");
    String nothing = changes.isEmpty() && later.isEmpty() ? "; nothing that runs is changed" : "";
    return new News(false, List.of(file + " " + now + restart + nothing));
  }
}
