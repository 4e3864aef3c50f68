package dev.relevo.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.testkit.HouseOptions;
import dev.relevo.testkit.RelevoHouse;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GatewayTest {
  @Test
  void answersAfterItsStart() throws Exception {
    try (RelevoHouse house = RelevoHouse.start(HouseOptions.defaults())) {
      OwnThreads<Gateway> own = OwnThreads.of(() -> GatewayFixture.start(house));
      try (Gateway gateway = own.it()) {
        assertThat(GatewayFixture.get(gateway, "/healthz").body()).isEqualTo("alive\n");
        assertThat(GatewayFixture.get(gateway, "/readyz").body()).isEqualTo("ready\n");
        assertThat(GatewayFixture.get(gateway, "/nothing").statusCode()).isEqualTo(404);
        assertThat(gateway.missing()).isEmpty();

        own.interrupt("relevo-client-replies");

        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (gateway.missing().isEmpty()) {
          assertThat(System.nanoTime()).as("when it is noticed").isLessThan(endNanos);
        }
        assertThat(gateway.missing().orElseThrow())
            .contains("reads no answers any more", "start it again");
      }
    }
  }
}
