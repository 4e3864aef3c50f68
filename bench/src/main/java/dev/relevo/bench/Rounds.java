package dev.relevo.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Lets contenders take turns, so that whatever else the machine does hits them alike, and keeps
 * what each round gave.
 */
final class Rounds {
  private final List<? extends Contender> contenders;
  private final Consumer<String> progress;

  Rounds(List<? extends Contender> contenders, Consumer<String> progress) {
    this.contenders = List.copyOf(contenders);
    this.progress = progress;
  }

  /**
   * What a contender's rounds gave.
   *
   * @param name the contender's
   * @param values one for each round, in order
   */
  record Series(String name, List<Double> values) {
    double median() {
      return percentile(sorted(), 50);
    }

    double least() {
      return Collections.min(values);
    }

    double most() {
      return Collections.max(values);
    }

    private double[] sorted() {
      return values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }
  }

  /**
   * The median time to the first answer of each round, milliseconds.
   *
   * @param pauseNanos before each request, for what the one before left behind to be done; 0 asks
   *     at once
   */
  List<Series> firstAnswers(int rounds, int requests, long pauseNanos) throws InterruptedException {
    Map<String, List<Double>> results = results();
    for (int round = 0; round < rounds; round++) {
      for (Contender contender : contenders) {
        progress.accept(
            what(pauseNanos)
                + ", round "
                + (round + 1)
                + " of "
                + rounds
                + ": "
                + contender.name());
        double[] ms = new double[requests];
        for (int i = 0; i < requests; i++) {
          pause(pauseNanos);
          ms[i] = contender.firstAnswerNanos() / 1e6;
        }
        Arrays.sort(ms);
        results.getOrDefault(contender.name(), new ArrayList<>()).add(percentile(ms, 50));
      }
    }
    return series(results);
  }

  /** The gap between two requests is what is measured at, not a wait for anything. */
  private static void pause(long nanos) {
    long endNanos = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = endNanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static String what(long pauseNanos) {
    return pauseNanos == 0 ? "first answer, back to back" : "first answer";
  }

  /** Requests a second in each round. */
  List<Series> throughput(int rounds, int requests, int inFlight) throws InterruptedException {
    Map<String, List<Double>> results = results();
    for (int round = 0; round < rounds; round++) {
      for (Contender contender : contenders) {
        progress.accept(
            "throughput, round " + (round + 1) + " of " + rounds + ": " + contender.name());
        long nanos = contender.manyNanos(requests, inFlight);
        results
            .getOrDefault(contender.name(), new ArrayList<>())
            .add(requests * (double) TimeUnit.SECONDS.toNanos(1) / nanos);
      }
    }
    return series(results);
  }

  private Map<String, List<Double>> results() {
    Map<String, List<Double>> results = new LinkedHashMap<>();
    contenders.forEach(contender -> results.put(contender.name(), new ArrayList<>()));
    return results;
  }

  private static List<Series> series(Map<String, List<Double>> results) {
    List<Series> series = new ArrayList<>();
    results.forEach((name, values) -> series.add(new Series(name, values)));
    return series;
  }

  static double percentile(double[] sorted, double percent) {
    double rank = percent / 100 * (sorted.length - 1);
    int below = (int) Math.floor(rank);
    int above = (int) Math.ceil(rank);
    return sorted[below] + (sorted[above] - sorted[below]) * (rank - below);
  }
}
