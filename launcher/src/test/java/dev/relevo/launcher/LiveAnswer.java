package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One job's answer as somebody who waits for it sees it grow, by the reader's rule of the protocol
 * and none of Relevo's code. Filled by {@link InboxReader}'s thread.
 */
public final class LiveAnswer {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final String job;
  private final List<String> workers = new ArrayList<>();
  private final List<Piece> pieces = new ArrayList<>();
  private final List<String> ways = new ArrayList<>();
  private final List<String> history = new ArrayList<>();
  private final List<Sighting> sightings = new ArrayList<>();
  private @Nullable Claim current;
  private boolean begins;
  private boolean isVoid;
  private long nextSeq;
  private @Nullable JsonNode end;
  private long endNanos;
  private long newestVoidNanos;
  private int dones;

  public LiveAnswer(String job) {
    this.job = job;
  }

  /**
   * Something that counted, when it was here.
   *
   * @param what a {@code type} of the protocol
   * @param node who claims the stream with it; empty unless it is {@code started}
   * @param fence whose word it is
   */
  public record Sighting(String what, String node, String fence, long nanos) {}

  /** A fence. */
  private record Claim(long home, long epoch, long attempt) {
    static Claim parse(String fence) {
      String[] parts = fence.split("\\.", -1);
      return new Claim(
          Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2]));
    }

    boolean isAbove(Claim other) {
      return epoch > other.epoch || (epoch == other.epoch && attempt > other.attempt);
    }
  }

  /**
   * A piece that counts.
   *
   * @param nanos when it was here
   * @param writtenMs when the node sent it, epoch milliseconds
   */
  private record Piece(String text, Claim claim, long nanos, long writtenMs) {}

  public synchronized void take(ConsumerRecord<String, String> record, long nanos) {
    JsonNode value = JsonMapper.shared().readTree(record.value());
    String type = value.path("type").asString();
    String fence = PlainProducer.header(record, "relevo-fence");
    Claim claim = Claim.parse(fence);
    history.add(claim + " " + record.value());
    if (type.equals("done")) {
      dones++;
    }
    if (end != null || !counts(type, claim)) {
      newestVoidNanos = nanos;
    } else {
      sightings.add(new Sighting(type, value.path("node").asString(""), fence, nanos));
      switch (type) {
        case "started" -> started(claim, value.path("node").asString());
        case "resumed" -> resumed(value.path("mode").asString(), value.path("fromSeq").asLong());
        case "chunk" -> chunk(value, new Piece(content(value), claim, nanos, record.timestamp()));
        default -> ended(type, value, nanos);
      }
    }
    notifyAll();
  }

  private boolean counts(String type, Claim claim) {
    Claim known = current;
    if (known == null) {
      return List.of("started", "failed", "cancelled").contains(type);
    }
    if (known.home() != claim.home()) {
      return false;
    }
    return switch (type) {
      case "started" -> claim.isAbove(known);
      case "failed", "cancelled" -> claim.isAbove(known) || (claim.equals(known) && !isVoid);
      default -> claim.equals(known) && !isVoid;
    };
  }

  private void started(Claim claim, String node) {
    current = claim;
    begins = true;
    isVoid = false;
    workers.add(node);
  }

  private void resumed(String way, long fromSeq) {
    begins = false;
    ways.add(way);
    if (way.equals("restart")) {
      pieces.clear();
      nextSeq = fromSeq;
    }
    isVoid = fromSeq != nextSeq;
  }

  private void chunk(JsonNode value, Piece piece) {
    beginAnew();
    long seq = value.path("seq").asLong();
    if (seq == nextSeq) {
      pieces.add(piece);
      nextSeq++;
    } else if (seq > nextSeq) {
      isVoid = true;
    }
  }

  /** An attempt that does not say how it goes on gives an answer of its own. */
  private void beginAnew() {
    if (begins) {
      pieces.clear();
      nextSeq = 0;
      begins = false;
    }
  }

  private void ended(String type, JsonNode value, long nanos) {
    if (type.equals("done")) {
      beginAnew();
      isVoid = value.path("seq").asLong() >= nextSeq;
      if (isVoid) {
        return;
      }
    }
    end = value;
    endNanos = nanos;
  }

  private static String content(JsonNode value) {
    return value.path("delta").path("content").asString("");
  }

  /** Waits until something is so. */
  synchronized LiveAnswer await(String what, Predicate<LiveAnswer> is) throws InterruptedException {
    long untilNanos = System.nanoTime() + PATIENCE.toNanos();
    while (!is.test(this)) {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime());
      if (leftMs <= 0) {
        throw new AssertionError("job " + job + " was not " + what + ": " + this);
      }
      wait(leftMs);
    }
    return this;
  }

  /** Waits for so many pieces that count. */
  LiveAnswer awaitPieces(int count) throws InterruptedException {
    return await("read to piece " + count, answer -> answer.pieces.size() >= count);
  }

  /** Waits for the end. */
  LiveAnswer awaitEnd() throws InterruptedException {
    return await("ended", answer -> answer.end != null);
  }

  /** Waits for the end, which must be that of the whole answer to this text. */
  synchronized LiveAnswer awaitWhole(String asked) throws InterruptedException {
    awaitEnd();
    JsonNode last = end;
    assertThat(last).isNotNull();
    assertThat(last.path("type").asString()).as(toString()).isEqualTo("done");
    assertThat(text()).as(toString()).isEqualTo(Words.ECHO_SAYS + asked);
    return this;
  }

  String job() {
    return job;
  }

  public synchronized boolean isEnded() {
    return end != null;
  }

  public synchronized String text() {
    StringBuilder text = new StringBuilder();
    pieces.forEach(piece -> text.append(piece.text()));
    return text.toString();
  }

  synchronized int pieces() {
    return pieces.size();
  }

  /** The code of its {@code failed}; empty when it did not fail. */
  public synchronized String code() {
    return end == null ? "" : end.path("code").asString("");
  }

  synchronized boolean isCancelled() {
    return end != null && end.path("type").asString().equals("cancelled");
  }

  /** What its {@code failed} or {@code cancelled} says to people. */
  synchronized String endWords() {
    return end == null ? "" : end.path("message").asString(end.path("reason").asString(""));
  }

  /** The type of what ended it; empty while it goes on. */
  public synchronized String ending() {
    return end == null ? "" : end.path("type").asString("");
  }

  /** All that counted, in order; text that was taken back by a later attempt is still here. */
  public synchronized List<Sighting> sightings() {
    return List.copyOf(sightings);
  }

  /** Who claimed it, in order; the first is the first attempt's node. */
  synchronized List<String> workers() {
    return List.copyOf(workers);
  }

  /** How later attempts went on. */
  public synchronized List<String> ways() {
    return List.copyOf(ways);
  }

  /** How often any attempt said that the answer is whole, records that do not count included. */
  public synchronized int dones() {
    return dones;
  }

  public synchronized long endNanos() {
    return endNanos;
  }

  /** When the newest record that does not count was here; 0 for none. */
  synchronized long newestVoidNanos() {
    return newestVoidNanos;
  }

  /** From the last piece of one attempt to the first of the next, the longest; milliseconds. */
  synchronized long gapAtChangeMs() {
    return longestMs((before, after) -> !before.claim().equals(after.claim()));
  }

  /** The longest time between two pieces, milliseconds. */
  synchronized long longestGapMs() {
    return longestMs((before, after) -> true);
  }

  /** When the first piece of the newest attempt was written, epoch milliseconds. */
  synchronized long newestAttemptBeganMs() {
    Claim newest = pieces.getLast().claim();
    return pieces.stream()
        .filter(piece -> piece.claim().equals(newest))
        .findFirst()
        .orElseThrow()
        .writtenMs();
  }

  private interface Pair {
    boolean matters(Piece before, Piece after);
  }

  private long longestMs(Pair pair) {
    long longest = 0;
    for (int i = 1; i < pieces.size(); i++) {
      Piece before = pieces.get(i - 1);
      Piece after = pieces.get(i);
      if (pair.matters(before, after)) {
        longest = Math.max(longest, after.nanos() - before.nanos());
      }
    }
    return TimeUnit.NANOSECONDS.toMillis(longest);
  }

  @Override
  public synchronized String toString() {
    return job + ":\n" + String.join("\n", history);
  }
}
