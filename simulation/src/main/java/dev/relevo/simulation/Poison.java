package dev.relevo.simulation;

import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.Lane;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** Somebody who writes what nobody can read: records of the lanes that are no jobs, and garbage. */
final class Poison extends SimProcess {
  /** How many kinds of malformed records there are. */
  static final int KINDS = 9;

  private static final int TOO_LONG = 129;

  private final SimProducer producer;
  private int number;

  Poison(House house) {
    super(house.world, house.log, "poison", new Dice(house.world.seed, "poison"));
    this.producer = producer("poison", 8_000);
  }

  /**
   * Something that is no job.
   *
   * @param kind what is wrong with it, 0 to {@link #KINDS} - 1
   * @param like a job that was submitted before
   */
  void malformed(int kind, Lane lane, int home, Job like) {
    String id = "bad-" + number++;
    Place own = new Place("relevo.replies." + id, 0);
    log.create(own);
    Headers headers = new RecordHeaders();
    String key = id;
    byte[] body = Submit.BODY;
    put(headers, HeaderNames.REPLY_TOPIC, own.topic());
    switch (kind) {
      case 0 -> key = null;
      case 1 -> key = "\u001b[31m" + id;
      case 2 -> key = "x".repeat(TOO_LONG);
      case 3 -> put(headers, HeaderNames.PRIORITY, "high");
      case 4 -> put(headers, HeaderNames.REPLY_TOPIC, House.JOBS);
      case 5 -> body = null;
      case 6 -> body = "not JSON".getBytes(StandardCharsets.UTF_8);
      case 7 -> put(headers, HeaderNames.REPLAY, "the last one");
      default -> {
        // A second submit of a job that is known, broken on the way.
        key = like.id();
        put(headers, HeaderNames.DEADLINE, "tomorrow");
        Place reply = like.reply();
        put(headers, HeaderNames.REPLY_TOPIC, reply == null ? null : reply.topic());
        put(headers, HeaderNames.REPLY_PARTITION, reply == null ? null : "" + reply.partition());
      }
    }
    producer.send(
        House.lane(kind < KINDS - 1 ? lane : like.lane(), kind < KINDS - 1 ? home : like.home()),
        SimRecord.of(id, null, new Submit(key, headers, body, false)),
        (offset, missing) -> {});
  }

  private static void put(Headers headers, String name, @Nullable String value) {
    if (value != null) {
      headers.remove(name).add(name, value.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Garbage, where messages are expected. */
  void garbage(Place place) {
    String text = number++ % 2 == 0 ? "{\"type\": \"nonsense\"" : "[1, 2, 3]";
    Fence fence = new Fence(place.partition(), 0, 0);
    producer.send(
        place, SimRecord.of("garbage", fence, new Garbage(text)), (offset, missing) -> {});
  }
}
