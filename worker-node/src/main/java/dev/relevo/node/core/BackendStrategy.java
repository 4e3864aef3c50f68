package dev.relevo.node.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** In which order a node tries its own backends. Ties go by name, so that equals have an order. */
public enum BackendStrategy {
  /** Lowest priority number first, among equals the least loaded. */
  LOCAL_FIRST,
  /** In turn. */
  ROUND_ROBIN,
  /** By chance. */
  RANDOM,
  /** By chance, in proportion to weight. */
  WEIGHTED,
  /** The one with the fewest attempts here. */
  LEAST_LOADED,
  /** The one with the shortest time to first token; an unknown one is tried before. */
  FASTEST,
  /** Always the same for a session while it is there; jobs without one go local first. */
  STICKY;

  private static final Comparator<Candidate> BY_NAME = Comparator.comparing(Candidate::name);

  /**
   * Finds a strategy by its name in the configuration, such as {@code local-first}.
   *
   * @throws IllegalArgumentException if there is none; the message lists all
   */
  public static BackendStrategy named(String name) {
    for (BackendStrategy strategy : values()) {
      if (strategy.text().equals(name)) {
        return strategy;
      }
    }
    throw new IllegalArgumentException(
        "strategy '"
            + name
            + "' is not one of "
            + String.join(", ", Arrays.stream(values()).map(BackendStrategy::text).toList()));
  }

  /** The name in the configuration. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Orders backends, the one to try first in front.
   *
   * @param turn counts the node's choices
   * @param session the job's affinity key
   */
  List<Candidate> order(
      List<Candidate> candidates, long turn, @Nullable String session, RandomGenerator random) {
    List<Candidate> ordered = new ArrayList<>(candidates);
    if (ordered.size() < 2) {
      return ordered;
    }
    ordered.sort(BY_NAME);
    switch (this) {
      case LOCAL_FIRST -> ordered.sort(localFirst());
      case ROUND_ROBIN -> Collections.rotate(ordered, -Math.floorMod(turn, ordered.size()));
      case RANDOM -> Collections.shuffle(ordered, random);
      case WEIGHTED -> weighted(ordered, random);
      case LEAST_LOADED -> ordered.sort(Comparator.comparingInt(Candidate::running));
      case FASTEST -> ordered.sort(Comparator.comparingDouble(BackendStrategy::ttftOrZero));
      case STICKY -> ordered.sort(session == null ? localFirst() : nearest(session));
    }
    return ordered;
  }

  private static Comparator<Candidate> localFirst() {
    return Comparator.comparingInt(Candidate::priority).thenComparingInt(Candidate::running);
  }

  /** Rendezvous hashing: a backend that comes or goes moves only its own sessions. */
  private static Comparator<Candidate> nearest(String session) {
    return Comparator.comparingInt(candidate -> scramble(session + '/' + candidate.name()));
  }

  private static int scramble(String text) {
    int hash = text.hashCode() * 0x9E3779B9;
    return hash ^ (hash >>> 16);
  }

  private static double ttftOrZero(Candidate candidate) {
    Double ttftMs = candidate.ttftMs();
    return ttftMs == null ? 0 : ttftMs;
  }

  /** Draws without putting back, each time in proportion to the weights that are left. */
  private static void weighted(List<Candidate> ordered, RandomGenerator random) {
    for (int place = 0; place < ordered.size() - 1; place++) {
      List<Candidate> left = ordered.subList(place, ordered.size());
      long draw = random.nextLong(left.stream().mapToLong(Candidate::weight).sum());
      int drawn = 0;
      while (draw >= left.get(drawn).weight()) {
        draw -= left.get(drawn).weight();
        drawn++;
      }
      Collections.swap(ordered, place, place + drawn);
    }
  }

  /**
   * A backend that could take a job.
   *
   * @param name unique in the node
   * @param priority lower is preferred
   * @param weight its share, 1 or more
   * @param running attempts it has now
   * @param ttftMs moving average of the time to first token, once known
   */
  record Candidate(String name, int priority, int weight, int running, @Nullable Double ttftMs) {}
}
