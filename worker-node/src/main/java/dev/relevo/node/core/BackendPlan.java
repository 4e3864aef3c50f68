package dev.relevo.node.core;

import dev.relevo.common.config.BackendSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which backends a node shall have: those that its file gives it, and what orders changed of that
 * (docs/protocol.md, Control). While the node runs the later word counts; when it starts, the
 * file's. Immutable.
 */
public final class BackendPlan {
  /** Backends that orders have added; each is in every beat. */
  public static final int MAX_ADDED = 100;

  private final Map<String, BackendSettings> file;
  private final Map<String, BackendSettings> added;
  private final Set<String> removed;

  private BackendPlan(
      Map<String, BackendSettings> file, Map<String, BackendSettings> added, Set<String> removed) {
    this.file = file;
    this.added = added;
    this.removed = removed;
  }

  /** What the file says when the node starts. */
  public static BackendPlan of(List<BackendSettings> file) {
    return new BackendPlan(byName(file), Map.of(), Set.of());
  }

  /** What a word about the backends leads to. */
  public sealed interface Step {
    /**
     * The plan is another now.
     *
     * @param note what people should know besides, if anything
     */
    record Next(BackendPlan plan, @Nullable String note) implements Step {}

    /** Nothing changes, for this reason. */
    record Refused(String reason) implements Step {}
  }

  /** The backends it shall have, those of the file first. */
  public List<BackendSettings> wanted() {
    List<BackendSettings> wanted = new ArrayList<>();
    file.forEach((name, backend) -> {
      if (!removed.contains(name)) {
        wanted.add(backend);
      }
    });
    wanted.addAll(added.values());
    return wanted;
  }

  /** Whether the file gives the node a backend of this name. */
  public boolean isOfFile(String name) {
    return file.containsKey(name);
  }

  /** The file says this now. Where it says something new of a backend, orders are forgotten. */
  public BackendPlan withFile(List<BackendSettings> next) {
    Map<String, BackendSettings> says = byName(next);
    Map<String, BackendSettings> stillAdded = new LinkedHashMap<>(added);
    Set<String> stillRemoved = new LinkedHashSet<>(removed);
    says.forEach((name, backend) -> {
      if (!backend.equals(file.get(name))) {
        stillAdded.remove(name);
        stillRemoved.remove(name);
      }
    });
    stillRemoved.retainAll(says.keySet());
    return new BackendPlan(says, stillAdded, stillRemoved);
  }

  /** An order adds a backend, or puts it in the place of one that an order added. */
  public Step withAdded(BackendSettings backend) {
    String name = backend.name();
    if (file.containsKey(name) && !removed.contains(name)) {
      return new Step.Refused(
          "the node's file has a backend " + name + ": change it there, or choose another name");
    }
    Map<String, BackendSettings> more = new LinkedHashMap<>(added);
    more.put(name, backend);
    if (more.size() > MAX_ADDED) {
      return new Step.Refused("the node was given " + MAX_ADDED + " backends already");
    }
    return new Step.Next(new BackendPlan(file, more, removed), null);
  }

  /** An order takes a backend out. */
  public Step without(String name) {
    Map<String, BackendSettings> fewer = new LinkedHashMap<>(added);
    boolean wasAdded = fewer.remove(name) != null;
    if (!wasAdded && (!file.containsKey(name) || removed.contains(name))) {
      return new Step.Refused("the node has no backend " + name);
    }
    if (!file.containsKey(name)) {
      return new Step.Next(new BackendPlan(file, fewer, removed), null);
    }
    Set<String> more = new LinkedHashSet<>(removed);
    more.add(name);
    return new Step.Next(
        new BackendPlan(file, fewer, more),
        "the node's file still has it, so it comes back when the node starts again");
  }

  private static Map<String, BackendSettings> byName(List<BackendSettings> backends) {
    Map<String, BackendSettings> byName = new LinkedHashMap<>();
    backends.forEach(backend -> byName.put(backend.name(), backend));
    return byName;
  }
}
