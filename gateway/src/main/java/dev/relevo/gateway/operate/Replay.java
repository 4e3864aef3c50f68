package dev.relevo.gateway.operate;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.operator.DeadReader;
import dev.relevo.operator.DeadRecord;
import dev.relevo.operator.DeadReplay;
import dev.relevo.operator.DeadReplaying;
import dev.relevo.operator.DeadRun;
import dev.relevo.operator.DeadStep;
import dev.relevo.operator.RecordSender;
import dev.relevo.operator.ReplyPlaces;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Runs dead letters again for one request, and tells of each what came of it. Used by one thread.
 */
final class Replay {
  private final ReplayRequest request;
  private final ReplyPlaces places;
  private final CompletableFuture<Void> stop;
  private final DeadReplaying replaying;
  private final ArrayNode outcomes = JsonMapper.shared().createArrayNode();
  private final Set<String> unseen;
  private int chosen;
  private int sent;
  private int refused;
  private boolean hasMore;

  /**
   * Does nothing yet.
   *
   * @param stop done when nothing shall go any more; a reached limit completes it
   */
  Replay(
      ReplayRequest request, TopicNames topics, ReplyPlaces places, CompletableFuture<Void> stop) {
    this.request = request;
    this.places = places;
    this.stop = stop;
    this.replaying = new DeadReplaying(request.toModel(), topics, places);
    this.unseen = new HashSet<>(request.filter().names());
  }

  ObjectNode run(KafkaClients clients, DeadReader reader) {
    boolean all;
    if (request.dryRun()) {
      all =
          reader.scan(
              request.filter(),
              record -> {
                if (isChosen(record)) {
                  tell(record, "would_be_sent");
                }
                return !hasMore;
              });
    } else {
      all =
          new DeadRun(clients, reader, request.filter())
              .run(
                  request.perSecond(),
                  "sending jobs again",
                  this::isChosen,
                  new Sending(),
                  stop,
                  _ -> sent++);
    }
    hasMore |= !all;
    return answer();
  }

  private boolean isChosen(DeadRecord record) {
    if (chosen + refused >= request.limit()) {
      hasMore = true;
      if (sent == chosen) {
        stop.complete(null);
      }
      return false;
    }
    unseen.remove(record.key());
    unseen.remove(record.name());
    if (record.obstacle().isPresent()) {
      refused++;
      outcome(record, "not_replayable").put("reason", record.obstacle().get());
      return false;
    }
    chosen++;
    return true;
  }

  /** Sends, and tells what was sent. */
  private final class Sending implements DeadStep {
    @Override
    public void prepare(List<DeadRecord> records) {
      replaying.prepare(records);
    }

    @Override
    public void take(DeadRecord record, RecordSender sender) {
      long answered = replaying.answered();
      replaying.take(record, sender);
      ObjectNode outcome = outcome(record, "sent");
      ReplyPlace first = DeadReplay.firstPlace(record);
      if (first != null && replaying.answered() > answered) {
        outcome.put("answer_topic", first.topic());
      }
    }
  }

  private void tell(DeadRecord record, String word) {
    ObjectNode outcome = outcome(record, word);
    ReplyPlace first = DeadReplay.firstPlace(record);
    if (first != null && places.isThere(first)) {
      outcome.put("answer_topic", first.topic());
    }
  }

  private ObjectNode outcome(DeadRecord record, String word) {
    return outcomes
        .addObject()
        .put("id", record.name())
        .put("key", record.key())
        .put("outcome", word);
  }

  private ObjectNode answer() {
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.put("object", "dead_letter.replay").put("dry_run", request.dryRun());
    json.put("sent", request.dryRun() ? 0 : sent);
    json.put("answered", replaying.answered()).put("unheard", replaying.unheard());
    json.put("not_replayable", refused);
    // Of those that were not looked at nobody knows.
    if (!hasMore) {
      unseen.stream()
          .sorted()
          .forEach(id -> outcomes.addObject().put("id", id).put("outcome", "not_found"));
      json.put("not_found", unseen.size());
    }
    json.put("has_more", hasMore);
    json.set("data", outcomes);
    return json;
  }
}
