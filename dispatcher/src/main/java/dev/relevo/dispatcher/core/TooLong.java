package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.FailureCodes;
import java.util.List;

/**
 * Which models a job is too long for (protocol section 4, Retries). Its attempts' reports tell, and
 * they stand in state, so whoever takes the home over knows as much.
 */
final class TooLong {
  private TooLong() {}

  /**
   * What is left of a job's models: those after the last that it was found too long for.
   *
   * @param named the model that was asked for and its fallbacks, in order
   */
  static List<String> left(List<String> named, List<AttemptReport> history) {
    List<String> left = named;
    for (AttemptReport report : history) {
      String model = report.model();
      int at = FailureCodes.CONTEXT_TOO_LONG.equals(report.code()) ? left.indexOf(model) : -1;
      if (at >= 0) {
        left =
            left.subList(at + 1, left.size()).stream()
                .filter(later -> !later.equals(model))
                .toList();
      }
    }
    return left;
  }
}
