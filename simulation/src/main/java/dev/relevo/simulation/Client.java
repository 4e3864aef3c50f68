package dev.relevo.simulation;

import dev.relevo.common.protocol.ControlRecord;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who asks: makes the place of the answer, submits until Kafka has the job, cancels. */
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
    Submit submit = new Submit(job.headers(reply, from, world.epochMs()));
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
    producer.send(
        House.CONTROL,
        SimRecord.of(job.id(), null, new ControlRecord.Cancel(job.id(), "not wanted any more")),
        (offset, missing) -> {});
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
