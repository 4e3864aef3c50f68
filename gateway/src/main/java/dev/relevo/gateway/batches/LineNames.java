package dev.relevo.gateway.batches;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The custom ids of a batch's lines by their numbers, without an object for each: they stay in
 * memory as long as the batch runs.
 */
final class LineNames {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private int[] ends = new int[1_024];
  private int size;
  private byte[] packed = {};

  void add(String name) {
    bytes.writeBytes(name.getBytes(StandardCharsets.UTF_8));
    if (size == ends.length) {
      ends = Arrays.copyOf(ends, size * 2);
    }
    ends[size++] = bytes.size();
  }

  int size() {
    return size;
  }

  /**
   * The custom id of a line.
   *
   * @param number from 1, blank lines not counted
   */
  String get(int number) {
    if (packed.length != bytes.size()) {
      packed = bytes.toByteArray();
    }
    int from = number == 1 ? 0 : ends[number - 2];
    return new String(packed, from, ends[number - 1] - from, StandardCharsets.UTF_8);
  }
}
