package dev.relevo.operator;

import dev.relevo.common.protocol.Lane;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

/**
 * Down to where each partition was listed. As text it is the partitions' numbers and offsets, each
 * as many bytes as they need, in Base64: what is in it is nobody's business but ours.
 *
 * @param ends the offset of which the records before are yet to be listed, by the partition's
 *     number: that of a home, or of its {@link #lane}
 */
record JobCursor(Map<Integer, Long> ends) {
  private static final int MOST_CHARACTERS = 1 << 17;
  private static final int MOST_HOMES = 1 << 20;
  private static final int SEVEN_BITS = 0x7f;

  JobCursor {
    ends = Map.copyOf(ends);
  }

  /** The number of a home's partition of a lane. */
  static int lane(Lane lane, int home) {
    int block =
        switch (lane) {
          case JOBS -> 1;
          case BATCH -> 2;
        };
    return block * MOST_HOMES + home;
  }

  String text() {
    // A number and an offset take five and nine bytes at most.
    ByteBuffer bytes = ByteBuffer.allocate(ends.size() * 15);
    new TreeMap<>(ends)
        .forEach((number, end) -> {
          put(bytes, number);
          put(bytes, end);
        });
    byte[] used = new byte[bytes.position()];
    bytes.flip().get(used);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(used);
  }

  /**
   * Reads what {@link #text} wrote.
   *
   * @throws IllegalArgumentException when it is nothing like it
   */
  static JobCursor parse(String text) {
    if (text.length() > MOST_CHARACTERS) {
      throw new IllegalArgumentException("a cursor is not that long");
    }
    ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
    Map<Integer, Long> ends = new TreeMap<>();
    while (bytes.hasRemaining()) {
      int number = (int) Math.min(Integer.MAX_VALUE, take(bytes));
      ends.put(number, take(bytes));
    }
    return new JobCursor(ends);
  }

  private static void put(ByteBuffer bytes, long number) {
    long left = number;
    for (; left > SEVEN_BITS; left >>>= 7) {
      bytes.put((byte) ((left & SEVEN_BITS) | (SEVEN_BITS + 1)));
    }
    bytes.put((byte) left);
  }

  private static long take(ByteBuffer bytes) {
    long number = 0;
    for (int shift = 0; shift < Long.SIZE - 1; shift += 7) {
      if (!bytes.hasRemaining()) {
        break;
      }
      byte next = bytes.get();
      number |= (long) (next & SEVEN_BITS) << shift;
      if (next >= 0) {
        return number;
      }
    }
    throw new IllegalArgumentException("it was cut");
  }
}
