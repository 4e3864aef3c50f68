package dev.relevo.dispatcher.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Lane;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class WindowTest {
  private static final int KIB = 1 << 10;

  private final Window window = new Window(100, 100 * KIB);

  private void enter(Lane lane, int bytes) {
    window.enter(new JobRecord(lane, 0, 0, "job", new RecordHeaders(), new byte[bytes]));
  }

  @Test
  void bulkWorkThatComesBackNeverKeepsItsLaneFromBeingRead() {
    int jobs = 0;
    while (window.hasRoomFor(Lane.BATCH, 1, 0, 0)) {
      enter(Lane.BATCH, 1);
      jobs++;
    }

    assertThat(jobs).isEqualTo(40);
    assertThat(window.isFull(Lane.BATCH)).isFalse();
    assertThat(window.hasRoomFor(Lane.JOBS, 1, 0, 0)).isTrue();
  }

  @Test
  void itsBytesAreBoundedTheSame() {
    enter(Lane.BATCH, 30 * KIB);

    assertThat(window.hasRoomFor(Lane.BATCH, 10 * KIB, 0, 0)).isTrue();
    assertThat(window.hasRoomFor(Lane.BATCH, 10 * KIB, 1, KIB)).isFalse();
    assertThat(window.hasRoomFor(Lane.JOBS, 70 * KIB, 0, 0)).isTrue();
    assertThat(window.hasRoomFor(Lane.JOBS, 70 * KIB, 1, KIB)).isFalse();
  }
}
