package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** What stands in {@code relevo.heartbeats} (protocol section 3). Key: the id of who beats. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = NodeBeat.class, name = "node"),
  @JsonSubTypes.Type(value = BeatRecord.DispatcherBeat.class, name = "dispatcher")
})
public sealed interface BeatRecord extends Message permits NodeBeat, BeatRecord.DispatcherBeat {

  /**
   * A dispatcher's own beat. It reads it back: while its own are late it expires nobody.
   *
   * @param dispatcher its id
   * @param beat counts its beats from 0
   */
  record DispatcherBeat(String dispatcher, long beat) implements BeatRecord {
    public DispatcherBeat {
      Require.text(dispatcher, "dispatcher");
      Require.atLeast(beat, 0, "beat");
    }
  }
}
