package dev.relevo.launcher;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is known of each line, for millions of lines: 20 bytes for a place in the table, and up to
 * three such places for a line.
 */
final class LineStates {
  /** More lines than one run can know of; the table of so many takes 335 MB. */
  static final int MOST_LINES = 10_000_000;

  private static final int FIRST_PLACES = 1_024;

  /** What is known of a line. */
  enum State {
    /** Nothing. */
    NEW,
    /** It stands in the job file, and has no answer. */
    OPEN,
    /** It has an answer from an earlier run. */
    DONE,
    /** It failed in an earlier run. */
    FAILED,
    /** It has an answer, and was met in the job file. */
    PASSED
  }

  private long[] high = new long[FIRST_PLACES];
  private long[] low = new long[FIRST_PLACES];
  private @Nullable State[] states = new State[FIRST_PLACES];
  private int count;

  State get(UUID line) {
    State state = states[place(line.getMostSignificantBits(), line.getLeastSignificantBits())];
    return state == null ? State.NEW : state;
  }

  /**
   * Remembers a line.
   *
   * @throws CommandProblem when there are too many
   */
  void put(UUID line, State state) {
    if (count * 3L > states.length * 2L) {
      grow();
    }
    int place = place(line.getMostSignificantBits(), line.getLeastSignificantBits());
    if (states[place] == null && ++count > MOST_LINES) {
      throw CommandProblem.wrongUse(
          "There are more than %,d lines: split the file.".formatted(MOST_LINES));
    }
    high[place] = line.getMostSignificantBits();
    low[place] = line.getLeastSignificantBits();
    states[place] = state;
  }

  private int place(long lineHigh, long lineLow) {
    int mask = states.length - 1;
    // The lines are hashes already; a UUID's fixed bits stand further up.
    int place = (int) lineLow & mask;
    while (states[place] != null && (high[place] != lineHigh || low[place] != lineLow)) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private void grow() {
    long[] oldHigh = high;
    long[] oldLow = low;
    @Nullable State[] oldStates = states;
    high = new long[oldStates.length * 2];
    low = new long[oldStates.length * 2];
    states = new State[oldStates.length * 2];
    for (int i = 0; i < oldStates.length; i++) {
      if (oldStates[i] != null) {
        int place = place(oldHigh[i], oldLow[i]);
        high[place] = oldHigh[i];
        low[place] = oldLow[i];
        states[place] = oldStates[i];
      }
    }
  }
}
