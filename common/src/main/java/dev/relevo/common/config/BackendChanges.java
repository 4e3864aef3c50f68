package dev.relevo.common.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What becomes of a node's backends when their list changes. They are told apart by name; in which
 * order they are listed does not matter.
 *
 * @param added those that were not there
 * @param changed those whose settings are others now
 * @param removed those that are not there any more
 */
public record BackendChanges(
    List<BackendSettings> added, List<Changed> changed, List<BackendSettings> removed) {
  public BackendChanges {
    added = List.copyOf(added);
    changed = List.copyOf(changed);
    removed = List.copyOf(removed);
  }

  /** A backend whose settings have changed. */
  public record Changed(BackendSettings before, BackendSettings after) {
    /** Whether it is still the same server, so that what is known of its health holds on. */
    public boolean sameServer() {
      return before.type().equals(after.type())
          && String.valueOf(before.baseUrl()).equals(String.valueOf(after.baseUrl()))
          && before.apiKey().equals(after.apiKey());
    }
  }

  /** The way from one list to another. */
  public static BackendChanges between(List<BackendSettings> before, List<BackendSettings> after) {
    Map<String, BackendSettings> left = new LinkedHashMap<>();
    before.forEach(backend -> left.put(backend.name(), backend));
    List<BackendSettings> added = new ArrayList<>();
    List<Changed> changed = new ArrayList<>();
    for (BackendSettings backend : after) {
      BackendSettings was = left.remove(backend.name());
      if (was == null) {
        added.add(backend);
      } else if (!was.equals(backend)) {
        changed.add(new Changed(was, backend));
      }
    }
    return new BackendChanges(added, changed, List.copyOf(left.values()));
  }

  /** Whether nothing changes. */
  public boolean isEmpty() {
    return added.isEmpty() && changed.isEmpty() && removed.isEmpty();
  }

  /** For people, such as {@code backend cloud is added, backend local is changed}. */
  @Override
  public String toString() {
    List<String> words = new ArrayList<>();
    added.forEach(backend -> words.add("backend " + backend.name() + " is added"));
    changed.forEach(backend -> words.add("backend " + backend.after().name() + " is changed"));
    removed.forEach(backend -> words.add("backend " + backend.name() + " is removed"));
    return String.join(", ", words);
  }
}
