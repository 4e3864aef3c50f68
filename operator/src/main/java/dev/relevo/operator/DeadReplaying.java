package dev.relevo.operator;

import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.TopicNames;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Sends the jobs of letters again, each to where somebody may still wait for its answer. */
public final class DeadReplaying implements DeadStep {
  private final @Nullable String toModel;
  private final TopicNames topics;
  private final ReplyPlaces places;
  private long answered;
  private long unheard;

  /**
   * Sends to the lanes of these topics.
   *
   * @param toModel another model, or null for the jobs' own
   */
  public DeadReplaying(@Nullable String toModel, TopicNames topics, ReplyPlaces places) {
    this.toModel = toModel;
    this.topics = topics;
    this.places = places;
  }

  @Override
  public void prepare(List<DeadRecord> records) {
    places.learn(records.stream().map(DeadReplay::firstPlace).filter(Objects::nonNull).toList());
  }

  @Override
  public void take(DeadRecord record, RecordSender sender) {
    ReplyPlace first = DeadReplay.firstPlace(record);
    ReplyPlace place = first == null ? null : places.behind(first).orElse(null);
    sender.send(DeadReplay.record(record, toModel, place, topics));
    if (place == null) {
      unheard++;
    } else {
      answered++;
    }
  }

  /** How many went with a place for the answer. */
  public long answered() {
    return answered;
  }

  /** How many went with none. */
  public long unheard() {
    return unheard;
  }
}
