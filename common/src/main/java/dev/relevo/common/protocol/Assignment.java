package dev.relevo.common.protocol;

import java.util.Objects;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * One attempt, given to one incarnation of one node (protocol sections 3 and 4). Stands in a
 * partition of {@code relevo.assignments}: key the job id, value the request body unchanged, all
 * else in headers.
 *
 * @param job the job's id
 * @param fence names the attempt
 * @param node the only node that obeys it
 * @param incarnation the only incarnation that obeys it
 * @param attempt which attempt of the job it is, from 1
 * @param first whether no other attempt can have written to the reply place
 * @param startedOffset where the job's first {@code started} stands, once an {@code accepted} has
 *     told it
 * @param replayedAtMs when the job's lane took the record, epoch milliseconds, if that runs a dead
 *     letter again: a cancel from before does not mean it
 * @param model what to run; never null, even where the job's headers name none
 * @param headers what the job asks for; its deadline is never null here
 */
public record Assignment(
    String job,
    Fence fence,
    String node,
    String incarnation,
    int attempt,
    boolean first,
    @Nullable Long startedOffset,
    @Nullable Long replayedAtMs,
    String model,
    JobHeaders headers) {

  public Assignment {
    Require.text(job, "job");
    Require.name(node, HeaderNames.NODE);
    Require.name(incarnation, HeaderNames.INCARNATION);
    Require.atLeast(attempt, 1, HeaderNames.ATTEMPT);
    Require.text(model, HeaderNames.MODEL);
    Require.present(headers.deadlineMs(), HeaderNames.DEADLINE);
  }

  /** Epoch milliseconds past which it is stopped. */
  public long deadlineMs() {
    return Objects.requireNonNull(headers.deadlineMs());
  }

  /**
   * Reads an assignment's key and headers.
   *
   * @throws MalformedRecordException if a header is missing or broken
   */
  public static Assignment parse(@Nullable String key, Headers headers) {
    HeaderReader reader = new HeaderReader(headers);
    return new Assignment(
        JobIds.check(key),
        Fence.parse(reader.required(HeaderNames.FENCE)),
        reader.required(HeaderNames.NODE),
        reader.required(HeaderNames.INCARNATION),
        (int) reader.number(HeaderNames.ATTEMPT, 1, Integer.MAX_VALUE, 1),
        reader.text(HeaderNames.FIRST, "false").equals("true"),
        reader.number(HeaderNames.STARTED_OFFSET, 0, Long.MAX_VALUE),
        reader.number(HeaderNames.REPLAYED_AT, 0, Long.MAX_VALUE),
        reader.required(HeaderNames.MODEL),
        JobHeaders.parse(headers));
  }

  /** Whether a record is meant for a node, seen without reading the rest of it. */
  public static boolean isFor(String node, String incarnation, Headers headers) {
    HeaderReader reader = new HeaderReader(headers);
    try {
      return incarnation.equals(reader.text(HeaderNames.INCARNATION))
          && node.equals(reader.text(HeaderNames.NODE));
    } catch (MalformedRecordException e) {
      // Nobody is called that.
      return false;
    }
  }

  /** The headers of the record. */
  public Headers toHeaders() {
    Headers to = new RecordHeaders();
    HeaderReader.put(to, HeaderNames.FENCE, fence);
    HeaderReader.put(to, HeaderNames.HOME, fence.home());
    HeaderReader.put(to, HeaderNames.NODE, node);
    HeaderReader.put(to, HeaderNames.INCARNATION, incarnation);
    HeaderReader.put(to, HeaderNames.ATTEMPT, attempt);
    HeaderReader.put(to, HeaderNames.FIRST, first);
    HeaderReader.put(to, HeaderNames.STARTED_OFFSET, startedOffset);
    HeaderReader.put(to, HeaderNames.REPLAYED_AT, replayedAtMs);
    headers.withModel(model).writeTo(to);
    return to;
  }
}
