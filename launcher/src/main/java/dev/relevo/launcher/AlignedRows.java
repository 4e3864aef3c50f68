package dev.relevo.launcher;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A table whose rows come one after the other. Its columns are as wide as the first {@value
 * #ROWS_MEASURED} rows need; what comes later and is wider stands out.
 */
final class AlignedRows {
  static final int ROWS_MEASURED = 500;

  private static final String GAP = "  ";

  private final Consumer<String> out;
  private final List<List<String>> measured = new ArrayList<>();
  private final int[] widths;
  private boolean begun;

  AlignedRows(List<String> titles, Consumer<String> out) {
    this.out = out;
    this.widths = new int[titles.size()];
    measured.add(titles);
  }

  /** Adds a row with a cell for each title; the last may be left out. */
  void add(List<String> row) {
    if (begun) {
      out.accept(aligned(row));
      return;
    }
    measured.add(row);
    if (measured.size() > ROWS_MEASURED) {
      begin();
    }
  }

  /** Prints what is still held back; nothing at all where there were no rows. */
  void end() {
    if (!begun && measured.size() > 1) {
      begin();
    }
  }

  private void begin() {
    begun = true;
    for (List<String> row : measured) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    measured.forEach(row -> out.accept(aligned(row)));
    measured.clear();
  }

  private String aligned(List<String> row) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < row.size(); i++) {
      String cell = row.get(i);
      line.append(cell).append(" ".repeat(Math.max(0, widths[i] - cell.length()))).append(GAP);
    }
    return line.toString().stripTrailing();
  }
}
