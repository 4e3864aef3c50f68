package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.jspecify.annotations.Nullable;

/**
 * What stands in {@code relevo.events}, in the job's home partition (protocol section 4). Key: the
 * job id. The fence stands in the header {@code relevo-fence}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = EventRecord.Accepted.class, name = "accepted"),
  @JsonSubTypes.Type(value = EventRecord.Rejected.class, name = "rejected"),
  @JsonSubTypes.Type(value = EventRecord.Finished.class, name = "finished"),
  @JsonSubTypes.Type(value = EventRecord.Settled.class, name = "settled")
})
@JsonInclude(JsonInclude.Include.NON_NULL)
public sealed interface EventRecord extends Message {

  /**
   * The node runs the attempt.
   *
   * @param node the node's id
   * @param incarnation of the node's process
   * @param startedOffset where the job's first {@code started} stands in its reply place, once
   *     known
   */
  record Accepted(String node, String incarnation, @Nullable Long startedOffset)
      implements EventRecord {
    public Accepted {
      Require.name(node, "node");
      Require.name(incarnation, "incarnation");
    }
  }

  /**
   * The node will not run the attempt; nothing was emitted.
   *
   * @param node the node's id
   * @param incarnation of the node's process
   * @param reason for the dispatcher
   * @param message for people
   */
  record Rejected(String node, String incarnation, Reason reason, String message)
      implements EventRecord {
    public Rejected {
      Require.name(node, "node");
      Require.name(incarnation, "incarnation");
      Require.present(reason, "reason");
      message = Require.words(message, "message");
    }

    /** Why a node rejects. */
    public enum Reason {
      @JsonProperty("busy")
      BUSY,
      @JsonProperty("unknown-model")
      UNKNOWN_MODEL,
      @JsonProperty("draining")
      DRAINING
    }
  }

  /**
   * The attempt has ended; said once an attempt, and again until acknowledged.
   *
   * @param node the node's id
   * @param incarnation of the node's process
   * @param outcome how it ended
   * @param failure why, when the outcome is {@code failed}
   * @param backend the backend that worked on it, if one did
   * @param model the model that worked on it, if one did
   * @param ttftMs milliseconds from taking the attempt to the first token, if there was one
   * @param usage what the backend counted, if it did
   * @param startedAtMs epoch milliseconds, on the node's clock
   * @param endedAtMs epoch milliseconds, on the node's clock
   */
  record Finished(
      String node,
      String incarnation,
      AttemptOutcome outcome,
      @Nullable AttemptFailure failure,
      @Nullable String backend,
      @Nullable String model,
      @Nullable Long ttftMs,
      @Nullable Usage usage,
      long startedAtMs,
      long endedAtMs)
      implements EventRecord {
    public Finished {
      Require.name(node, "node");
      Require.name(incarnation, "incarnation");
      Require.present(outcome, "outcome");
      if (outcome == AttemptOutcome.FAILED) {
        Require.present(failure, "failure");
      }
    }
  }

  /**
   * A dispatcher ends the job over the head of every attempt: its fence stands above all before.
   *
   * @param dispatcher who decided
   * @param status what the job ends as, unless the stream ended first
   * @param code for programs
   * @param message for people
   */
  record Settled(String dispatcher, JobStatus status, String code, String message)
      implements EventRecord {
    public Settled {
      Require.text(dispatcher, "dispatcher");
      Require.present(status, "status");
      code = Require.cutName(code, "code");
      message = Require.words(message, "message");
    }
  }
}
