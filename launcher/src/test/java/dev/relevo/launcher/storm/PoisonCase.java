package dev.relevo.launcher.storm;

import java.util.List;

/**
 * All that is known of a record that could not be a job.
 *
 * @param taken when Kafka had it; null when it did not take it
 * @param letters its own
 * @param heard what stands where it wanted an answer
 */
record PoisonCase(PoisonPlan plan, Taken taken, List<Letter> letters, Heard heard, String value) {

  /** Picks its own letters out of all. */
  static PoisonCase of(PoisonPlan plan, Taken taken, List<Letter> all, Heard heard, String value) {
    String place = plan.home() + "." + plan.lane() + "." + (taken == null ? "?" : taken.offset());
    List<Letter> own =
        all.stream()
            .filter(letter ->
                plan.kind() == PoisonPlan.Kind.HALF_JSON
                    ? letter.job().equals(plan.id())
                    : letter.key().equals(place))
            .toList();
    return new PoisonCase(plan, taken, own, heard, value);
  }

  /** Whether it says legibly who wants to know of it. */
  boolean canBeTold() {
    return switch (plan.kind()) {
      case BROKEN_HEADER, NOT_JSON, HALF_JSON -> true;
      case NO_KEY, FORBIDDEN_PLACE -> false;
    };
  }
}
