package dev.relevo.common.config;

import java.util.LinkedHashMap;
import java.util.Map;

/** Writes the table of all settings that stands in the documentation. */
final class SettingsDocumentation {
  private SettingsDocumentation() {}

  /** One Markdown table for each section, every setting with its values, default and purpose. */
  static String markdown() {
    Map<String, StringBuilder> tables = new LinkedHashMap<>();
    for (SettingPath path : SettingPaths.all()) {
      int end = path.key().lastIndexOf('.');
      StringBuilder table =
          tables.computeIfAbsent(path.key().substring(0, end), SettingsDocumentation::header);
      appendRow(table, path, path.key().substring(end + 1));
    }
    return String.join("", tables.values()) + "\n";
  }

  private static StringBuilder header(String section) {
    return new StringBuilder("\n### `" + section + "`\n\n")
        .append("| Key | Default | Purpose and extremes | Values | Variable |\n")
        .append("| --- | --- | --- | --- | --- |\n");
  }

  private static void appendRow(StringBuilder text, SettingPath path, String key) {
    Entry.Setting<?> setting = path.setting();
    boolean open = setting.kind() instanceof Kind.Texts;
    cell(text, "`" + key + "`");
    cell(text, setting.defaultText());
    cell(text, setting.purpose() + ". " + setting.extremes() + ".");
    cell(text, setting.kind().expected());
    cell(text, "`" + path.variable() + (open ? "_…" : "") + "`");
    text.append("|\n");
  }

  private static void cell(StringBuilder text, String content) {
    text.append("| ").append(content.replace("|", "\\|")).append(' ');
  }
}
