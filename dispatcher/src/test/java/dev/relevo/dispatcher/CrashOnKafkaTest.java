package dev.relevo.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.Assignment;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** An error in the loop ends its dispatcher, and another one takes over. */
class CrashOnKafkaTest extends DispatcherOnKafka {
  /** Lets the loop crash when it gives a job to a node. */
  private static final class Broken extends SimpleMeterRegistry {
    @Override
    protected Counter newCounter(Meter.Id id) {
      Counter counter = super.newCounter(id);
      return id.getName().equals("relevo.dispatcher.assignments")
          ? new Counter() {
            @Override
            public void increment(double amount) {
              throw new StackOverflowError("deep in the loop");
            }

            @Override
            public double count() {
              return 0;
            }

            @Override
            public Id getId() {
              return counter.getId();
            }
          }
          : counter;
    }
  }

  @Test
  void anErrorInTheLoopEndsTheDispatcherAndAnotherOneTakesOver() throws Exception {
    Dispatcher broken = Dispatcher.start("d-broken", settings, new Broken());
    broken.ready().get(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS);
    try (Beating node = beating("n1", 0)) {
      String job = submit("{\"model\": \"m\", \"messages\": []}");

      assertThatThrownBy(() -> broken.stopped().get(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS))
          .hasCauseInstanceOf(StackOverflowError.class);
      assertThat(broken.isReady()).isFalse();
      assertThat(node.failed()).isFalse();

      dispatcher("d-well");
      Assignment assignment = assignment(await(topics.assignments(), byJob(job)));
      assertThat(assignment.node()).isEqualTo("n1");
    }
  }
}
