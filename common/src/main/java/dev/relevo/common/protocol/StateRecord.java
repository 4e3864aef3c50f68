package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What stands in {@code relevo.state} (protocol section 4), in the home partition's own number.
 * Key: the job id, or {@link #OPENED_KEY}. A null value forgets the job.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = StateRecord.Opened.class, name = "opened"),
  @JsonSubTypes.Type(value = StateRecord.Job.class, name = "job")
})
public sealed interface StateRecord extends Message {

  /** The key of {@code opened}. No job can have it: a job id holds no control characters. */
  String OPENED_KEY = "\u0001opened";

  /**
   * A dispatcher takes the home over; the record's offset is the shard's epoch.
   *
   * @param dispatcher its id
   */
  record Opened(String dispatcher) implements StateRecord {
    public Opened {
      Require.text(dispatcher, "dispatcher");
    }
  }

  /**
   * Where a job is.
   *
   * @param epoch the writer's; void when it stands after a record of a higher epoch
   * @param status where it is
   * @param lane the lane its record stands in
   * @param offset where in the lane, 0 or more
   * @param fence the newest attempt's, or the one that settled it
   * @param node who has that attempt
   * @param incarnation of the node's process
   * @param model what that attempt was asked to run
   * @param startedOffset where the job's first {@code started} stands, once known
   * @param assigned whether it was ever given to a node
   * @param attemptsUsed attempts that count against {@code relevo-max-attempts}
   * @param attempts what became of earlier attempts
   * @param replyTopic where its answer goes, if anywhere
   * @param deadlineMs epoch milliseconds
   * @param takeByMs epoch milliseconds until which a node must have taken it; null for until its
   *     deadline. Told where headers are
   * @param replayedAtMs when the lane took its record, epoch milliseconds, if that runs a dead
   *     letter again: a cancel from before does not mean it
   * @param readyAtMs epoch milliseconds before which no retry starts; 0 for at once
   * @param updatedAtMs epoch milliseconds, on the writer's clock
   * @param code why it ended, for programs, when it ended badly
   * @param message the same for people
   * @param headers the job's headers, from when it was first parked until it ends: the committed
   *     offset has passed it, so its record is read again only by its offset
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  record Job(
      long epoch,
      JobStatus status,
      Lane lane,
      long offset,
      @Nullable String fence,
      @Nullable String node,
      @Nullable String incarnation,
      @Nullable String model,
      @Nullable Long startedOffset,
      boolean assigned,
      int attemptsUsed,
      List<AttemptReport> attempts,
      @Nullable String replyTopic,
      long deadlineMs,
      @Nullable Long takeByMs,
      @Nullable Long replayedAtMs,
      long readyAtMs,
      long updatedAtMs,
      @Nullable String code,
      @Nullable String message,
      Map<String, String> headers)
      implements StateRecord {
    public Job {
      Require.atLeast(epoch, 0, "epoch");
      Require.present(status, "status");
      Require.present(lane, "lane");
      Require.atLeast(offset, 0, "offset");
      if (fence != null) {
        Fence.parse(fence);
      }
      attempts = Require.list(attempts);
      headers = headers == null ? Map.of() : Map.copyOf(headers);
    }
  }
}
