package dev.relevo.operator;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * The letters from the beginning of a stretch on that match, as many as there is room for. Whether
 * they count is known later.
 */
final class HeldLetters {
  /** Of a letter beside its bytes: objects, names, the gist. */
  private static final int EACH_BYTES = 1_024;

  private final DeadFilter filter;
  private final List<DeadRecord> letters = new ArrayList<>();
  private long roomBytes;
  private long full = Long.MAX_VALUE;

  HeldLetters(DeadFilter filter, int mostBytes) {
    this.filter = filter;
    this.roomBytes = mostBytes;
  }

  /**
   * The next letter of the stretch.
   *
   * @param record not a tombstone
   */
  void add(ConsumerRecord<String, byte[]> record) {
    if (full != Long.MAX_VALUE) {
      return;
    }
    DeadRecord letter = DeadRecord.of(record);
    if (!filter.matches(letter)) {
      return;
    }
    roomBytes -= bytes(letter);
    if (roomBytes < 0) {
      full = letter.offset();
    } else {
      letters.add(letter);
    }
  }

  /** Those that count. */
  List<DeadRecord> counting(DeadIndex index) {
    return letters.stream().filter(letter -> index.counts(letter.key(), letter.offset())).toList();
  }

  /** From where on letters were not held, or the end of the stretch when all were. */
  long endOr(long end) {
    return Math.min(full, end);
  }

  /** Having looked at every header, none of them keeps the whole fetch that it came with. */
  private static int bytes(DeadRecord letter) {
    int bytes = EACH_BYTES + letter.value().length;
    for (Header header : letter.headers()) {
      bytes += header.key().length() + (header.value() == null ? 0 : header.value().length);
    }
    return bytes;
  }
}
