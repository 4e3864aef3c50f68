package dev.relevo.simulation;

import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Lane;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who asks: makes the place of the answer, submits until Kafka has the job, gives orders. */
final class Client extends SimProcess {
  private static final long AGAIN_NANOS = 300 * World.MS;

  private final House house;
  private final SimProducer producer;
  private final Map<Place, Long> starts = new HashMap<>();

  Client(House house) {
    super(house.world, house.log, "client", new Dice(house.world.seed, "client"));
    this.house = house;
    this.producer = producer("jobs", 8_000);
  }

  void submit(Job job, int home, @Nullable Place reply) {
    house.audit.expect(job);
    long from = 0;
    if (reply != null) {
      SimLog.Partition partition = log.create(reply);
      from =
          reply.equals(job.reply())
              ? starts.computeIfAbsent(new Place(job.id(), 0), any -> partition.end())
              : partition.end();
    }
    send(job, home, reply, from);
  }

  private void send(Job job, int home, @Nullable Place reply, long from) {
    Submit submit = Submit.job(job.id(), job.headers(reply, from, world.epochMs(), null));
    producer.send(
        House.lane(job.lane(), home),
        SimRecord.of(job.id(), null, submit),
        (offset, missing) -> {
          if (offset < 0) {
            after(AGAIN_NANOS, () -> send(job, home, reply, from));
          }
        });
  }

  void cancel(Job job) {
    house.audit.expect(job);
    order(job.id(), new ControlRecord.Cancel(job.id(), "not wanted any more"));
  }

  void pause(Lane lane) {
    order(lane.text(), new ControlRecord.Pause(lane));
  }

  /** Until Kafka has it: a lane that stays paused would stay so for ever. */
  void resume(Lane lane) {
    producer.send(
        House.CONTROL,
        SimRecord.of(lane.text(), null, new ControlRecord.Resume(lane)),
        (offset, missing) -> {
          if (offset < 0) {
            after(AGAIN_NANOS, () -> resume(lane));
          }
        });
  }

  private void order(String key, ControlRecord order) {
    producer.send(House.CONTROL, SimRecord.of(key, null, order), (offset, missing) -> {});
  }

  void deletePlace(Job job) {
    Place reply = job.reply();
    if (reply != null) {
      log.create(reply).delete();
      house.audit.expect(job);
      house.audit.vanished(reply, job.id());
    }
  }
}
