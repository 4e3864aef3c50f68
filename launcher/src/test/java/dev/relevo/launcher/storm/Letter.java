package dev.relevo.launcher.storm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A dead letter.
 *
 * @param job whose; empty where its record had no key
 * @param fence that ended the job; empty for a record that never became one
 */
record Letter(String key, String job, String fence, String code, LogEntry entry) {

  /** Those that lie there after all that was written. */
  static List<Letter> lying(List<LogEntry> dead) {
    Map<String, LogEntry> newest = new LinkedHashMap<>();
    for (LogEntry entry : dead) {
      String key = entry.partition() + " " + entry.key();
      if (entry.value() == null && entry.header("relevo-dead").isEmpty()) {
        newest.remove(key);
      } else {
        newest.put(key, entry);
      }
    }
    List<Letter> letters = new ArrayList<>();
    for (LogEntry entry : newest.values()) {
      JsonNode says = JsonMapper.shared().readTree(entry.header("relevo-dead"));
      letters.add(
          new Letter(
              entry.key(),
              says.path("job").asString(""),
              says.path("fence").asString(""),
              says.path("code").asString(""),
              entry));
    }
    return letters;
  }
}
