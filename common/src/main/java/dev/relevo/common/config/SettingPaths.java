package dev.relevo.common.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** All settings in the order of their tables, and their names in file and environment. */
final class SettingPaths {
  private SettingPaths() {}

  static List<SettingPath> all() {
    List<SettingPath> paths = new ArrayList<>();
    collect(Settings.SECTION, "", "RELEVO", paths);
    return paths;
  }

  /** The part of an environment variable that stands for a key. */
  static String variablePart(String key) {
    return key.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  private static void collect(
      Entry.Section<?> section, String path, String variable, List<SettingPath> paths) {
    for (Entry<?> entry : section.entries()) {
      String key = path + entry.name();
      String name = variable + "_" + variablePart(entry.name());
      switch (entry) {
        case Entry.Setting<?> setting -> paths.add(new SettingPath(key, name, setting));
        case Entry.Section<?> nested -> collect(nested, key + ".", name, paths);
        case Entry.Listing<?> listing ->
            collect(listing.section(), key + "[0].", name + "_0", paths);
      }
    }
  }
}
