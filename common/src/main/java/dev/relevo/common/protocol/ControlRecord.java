package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What stands in {@code relevo.control}. Key: the job, node, lane or backend it is about. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = ControlRecord.Cancel.class, name = "cancel"),
  @JsonSubTypes.Type(value = ControlRecord.Drain.class, name = "drain"),
  @JsonSubTypes.Type(value = ControlRecord.Pause.class, name = "pause"),
  @JsonSubTypes.Type(value = ControlRecord.Resume.class, name = "resume"),
  @JsonSubTypes.Type(value = ControlRecord.BackendAdd.class, name = "backend-add"),
  @JsonSubTypes.Type(value = ControlRecord.BackendRemove.class, name = "backend-remove")
})
public sealed interface ControlRecord extends Message {

  /**
   * Stop a job, whether it waits or runs.
   *
   * @param job its id
   * @param reason for people
   */
  record Cancel(String job, String reason) implements ControlRecord {
    public Cancel {
      JobIds.check(Require.text(job, "job"));
      reason = Require.words(reason, "reason");
    }

    /**
     * Whether a cancel means a job that is a dead letter run again. One from before meant what had
     * come to nothing. Both moments are the brokers', so that who reads what first does not matter.
     *
     * @param appendedAtMs when Kafka took the cancel, epoch milliseconds
     * @param replayedAtMs when Kafka took the replay
     */
    public static boolean meansReplay(long appendedAtMs, long replayedAtMs) {
      return appendedAtMs >= replayedAtMs;
    }
  }

  /**
   * A node shall take nothing new and leave when it is done.
   *
   * @param node its id
   */
  record Drain(String node) implements ControlRecord {
    public Drain {
      Require.name(node, "node");
    }
  }

  /**
   * No new job of a lane is started until it is resumed.
   *
   * @param lane which
   */
  record Pause(Lane lane) implements ControlRecord {
    public Pause {
      Require.present(lane, "lane");
    }
  }

  /**
   * Ends a pause.
   *
   * @param lane which
   */
  record Resume(Lane lane) implements ControlRecord {
    public Resume {
      Require.present(lane, "lane");
    }
  }

  /** An order about a backend. Each node that is meant says in its beats what became of it. */
  sealed interface BackendOrder extends ControlRecord {
    /** The id of the node that is meant; null for all. */
    @Nullable String node();

    /** What the backend is called. */
    String name();
  }

  /**
   * Nodes shall have one more backend.
   *
   * @param node the one that is meant; null for all
   * @param name what the backend is called
   * @param settings its settings as they would stand in a node's file, with dots between keys; the
   *     key is only named, as {@code ${VARIABLE}} or {@code ${file:PATH}} on the node
   */
  record BackendAdd(@Nullable String node, String name, Map<String, String> settings)
      implements BackendOrder {
    /** Settings of one backend. */
    static final int MAX_SETTINGS = 100;

    /** Characters of a setting. */
    static final int MAX_SETTING = 10_000;

    private static final String API_KEY = "api-key";
    private static final Pattern NAMED_KEY =
        Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*|file:[^}]+)}");

    public BackendAdd {
      node = node == null ? null : Require.name(node, "node");
      Require.name(name, "name");
      settings = settings == null ? Map.of() : checked(settings);
    }

    /** Whether a key is named, and is not the key itself. */
    public static boolean namesKey(String text) {
      return NAMED_KEY.matcher(text).matches();
    }

    private static Map<String, String> checked(Map<String, @Nullable String> settings) {
      if (settings.size() > MAX_SETTINGS) {
        throw new MalformedRecordException(
            "'settings' has " + settings.size() + " entries, at most " + MAX_SETTINGS);
      }
      Map<String, String> checked = new TreeMap<>();
      settings.forEach((key, value) -> {
        Require.name(key, "settings");
        String text = Require.present(value, "settings." + key);
        if (text.length() > MAX_SETTING) {
          throw new MalformedRecordException(
              "'settings.%s' is %d characters long, at most %d"
                  .formatted(key, text.length(), MAX_SETTING));
        }
        if (key.equals(API_KEY) && !namesKey(text)) {
          throw new MalformedRecordException(
              "'settings.api-key' has to name a key that the node has, as ${VARIABLE} or"
                  + " ${file:PATH}; a key itself must never be sent");
        }
        checked.put(key, text);
      });
      return Collections.unmodifiableMap(checked);
    }
  }

  /**
   * Nodes shall do without a backend.
   *
   * @param node the one that is meant; null for all
   * @param name what the backend is called
   */
  record BackendRemove(@Nullable String node, String name) implements BackendOrder {
    public BackendRemove {
      node = node == null ? null : Require.name(node, "node");
      Require.name(name, "name");
    }
  }
}
