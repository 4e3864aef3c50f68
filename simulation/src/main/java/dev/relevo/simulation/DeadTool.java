package dev.relevo.simulation;

import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.Fence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who replays dead letters, as {@code ./relevo dead replay} does: the job again, to the letter's
 * own partition, its answer behind the one that failed. It may be interrupted, and done again.
 */
final class DeadTool extends SimProcess {
  private final House house;
  private final SimProducer producer;
  private final Map<String, Letter> seen = new LinkedHashMap<>();

  /** How somebody replays. */
  enum Manner {
    /** Every letter that lies there. */
    ALL,
    /** Each of them twice. */
    TWICE,
    /** About half of them, then it is interrupted. */
    INTERRUPTED,
    /** Every letter that was ever seen, whether it still lies there or not. */
    OLD_ONES
  }

  /** A letter, and where it lies. */
  private record Letter(int home, DeadLetter letter) {}

  DeadTool(House house) {
    super(house.world, house.log, "dead-tool", new Dice(house.world.seed, "dead-tool"));
    this.house = house;
    this.producer = producer("replays", 8_000);
  }

  void replay(Manner manner) {
    List<Letter> chosen = new ArrayList<>();
    for (int home = 0; home < house.shape.homes(); home++) {
      for (Map.Entry<String, Buried> each : house.audit.home(home).letters.lying().entrySet()) {
        DeadLetter letter = each.getValue().letter();
        // What never was a job, or has lost its request, cannot be replayed.
        if (letter.fence() != null && letter.job() != null && each.getValue().whole()) {
          Letter found = new Letter(home, letter);
          seen.put(each.getKey(), found);
          chosen.add(found);
        }
      }
    }
    for (Letter letter : manner == Manner.OLD_ONES ? List.copyOf(seen.values()) : chosen) {
      if (manner == Manner.INTERRUPTED && dice.chance(50)) {
        continue;
      }
      send(letter);
      if (manner == Manner.TWICE) {
        send(letter);
      }
    }
  }

  private void send(Letter from) {
    String id = String.valueOf(from.letter.job());
    Truth truth = house.audit.truths().get(id);
    if (truth == null) {
      return;
    }
    Job job = truth.job;
    Place place = behind(job);
    long end = place == null ? 0 : log.get(place).end();
    Fence fence = Fence.parse(String.valueOf(from.letter.fence()));
    producer.send(
        House.lane(from.letter.lane(), from.home),
        SimRecord.of(id, null, Submit.job(id, job.headers(place, end, world.epochMs(), fence))),
        (offset, missing) -> {});
  }

  /** Where the first answer went, if that is still there. */
  private @Nullable Place behind(Job job) {
    Place place = job.reply();
    return place == null || log.find(place) == null ? null : place;
  }
}
