package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** What stands in {@code relevo.control}. Key: the job, node or lane it is about. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = ControlRecord.Cancel.class, name = "cancel"),
  @JsonSubTypes.Type(value = ControlRecord.Drain.class, name = "drain"),
  @JsonSubTypes.Type(value = ControlRecord.Pause.class, name = "pause"),
  @JsonSubTypes.Type(value = ControlRecord.Resume.class, name = "resume")
})
public sealed interface ControlRecord extends Message {

  /**
   * Stop a job, whether it waits or runs.
   *
   * @param job its id
   * @param reason for people
   */
  record Cancel(String job, String reason) implements ControlRecord {
    public Cancel {
      JobIds.check(Require.text(job, "job"));
      reason = Require.words(reason, "reason");
    }

    /**
     * Whether a cancel means a job that is a dead letter run again. One from before meant what had
     * come to nothing. Both moments are the brokers', so that who reads what first does not matter.
     *
     * @param appendedAtMs when Kafka took the cancel, epoch milliseconds
     * @param replayedAtMs when Kafka took the replay
     */
    public static boolean meansReplay(long appendedAtMs, long replayedAtMs) {
      return appendedAtMs >= replayedAtMs;
    }
  }

  /**
   * A node shall take nothing new and leave when it is done.
   *
   * @param node its id
   */
  record Drain(String node) implements ControlRecord {
    public Drain {
      Require.name(node, "node");
    }
  }

  /**
   * No new job of a lane is started until it is resumed.
   *
   * @param lane which
   */
  record Pause(Lane lane) implements ControlRecord {
    public Pause {
      Require.present(lane, "lane");
    }
  }

  /**
   * Ends a pause.
   *
   * @param lane which
   */
  record Resume(Lane lane) implements ControlRecord {
    public Resume {
      Require.present(lane, "lane");
    }
  }
}
