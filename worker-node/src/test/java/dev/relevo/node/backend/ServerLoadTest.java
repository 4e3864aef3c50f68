package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.NodeBeat.Health;
import dev.relevo.node.backend.HttpBackend.Reply;
import dev.relevo.node.backend.WorkerInfo.Feature;
import org.junit.jupiter.api.Test;

class ServerLoadTest {
  private static final ServerName SERVER = new ServerName("gpu-1", "server", "http://localhost");
  private static final Reply SILENT = new Reply.Silent("gone");

  @Test
  void vllmIsBusyWhileRequestsWait() {
    String quiet =
        """
        # TYPE vllm:num_requests_waiting gauge
        vllm:num_requests_running{engine="0",model_name="m"} 4.0
        vllm:num_requests_waiting{engine="0",model_name="m"} 0.0
        vllm:num_requests_waiting_by_reason{engine="0",reason="deferred"} 9.0
        """;
    String full = quiet + "vllm:num_requests_waiting{engine=\"1\",model_name=\"m\"} 3.0\n";
    assertThat(ServerLoad.ofMetrics(SERVER, answered(200, quiet)))
        .isEqualTo(WorkerHealth.AVAILABLE);
    WorkerHealth busy = ServerLoad.ofMetrics(SERVER, answered(200, full));
    assertThat(busy.status()).isEqualTo(Health.BUSY);
    assertThat(busy.reason()).contains("3 requests");
    assertThat(ServerLoad.ofMetrics(SERVER, answered(404, full))).isEqualTo(WorkerHealth.AVAILABLE);
    assertThat(ServerLoad.ofMetrics(SERVER, SILENT)).isEqualTo(WorkerHealth.AVAILABLE);
  }

  @Test
  void llamaServerIsBusyWithoutAFreeSlot() {
    assertThat(ServerLoad.ofSlots(SERVER, answered(503, "")).status()).isEqualTo(Health.BUSY);
    for (Reply reply : new Reply[] {answered(200, "[]"), answered(501, ""), SILENT}) {
      assertThat(ServerLoad.ofSlots(SERVER, reply)).isEqualTo(WorkerHealth.AVAILABLE);
    }
  }

  @Test
  void llamaServerTellsWhatItsModelCannotTake() {
    assertThat(ServerLoad.lacking(answered(200, "{'modalities':{'vision':false,'audio':true}}")))
        .containsExactlyInAnyOrder(Feature.IMAGES, Feature.IMAGE_LINKS);
    assertThat(ServerLoad.lacking(answered(200, "{'total_slots':1}"))).isEmpty();
    assertThat(ServerLoad.lacking(SILENT)).isEmpty();
  }

  private static Reply answered(int status, String body) {
    return new Reply.Answered(status, body.replace('\'', '"'));
  }
}
