package dev.relevo.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.testkit.HouseOptions;
import dev.relevo.testkit.RelevoHouse;
import org.junit.jupiter.api.Test;

class GatewayTest {
  @Test
  void answersAfterItsStart() throws Exception {
    try (RelevoHouse house = RelevoHouse.start(HouseOptions.defaults());
        Gateway gateway = GatewayFixture.start(house)) {
      assertThat(GatewayFixture.get(gateway, "/healthz").body()).isEqualTo("alive\n");
      assertThat(GatewayFixture.get(gateway, "/readyz").body()).isEqualTo("ready\n");
      assertThat(GatewayFixture.get(gateway, "/nothing").statusCode()).isEqualTo(404);
    }
  }
}
