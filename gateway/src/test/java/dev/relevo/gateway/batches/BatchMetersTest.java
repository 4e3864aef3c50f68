package dev.relevo.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.gateway.Gateway;
import dev.relevo.gateway.GatewayFixture;
import dev.relevo.testkit.RelevoHouse;
import dev.relevo.testkit.ScriptedModel;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BatchMetersTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private RelevoHouse house;
  private Gateway gateway;

  @BeforeAll
  void start() throws Exception {
    house = RelevoHouse.start(GatewayFixture.house());
    gateway = GatewayFixture.start(house);
  }

  @AfterAll
  void stop() {
    gateway.close();
    house.close();
  }

  private static JsonNode ask(HttpRequest.Builder request) throws Exception {
    HttpResponse<String> answer = GatewayFixture.ask(request);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JsonMapper.shared().readTree(answer.body());
  }

  private String upload(String content) throws Exception {
    String form =
        "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b\r\n"
            + "Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
            + content
            + "\r\n--b--\r\n";
    return ask(GatewayFixture.request(gateway, "/v1/files")
            .header("Content-Type", "multipart/form-data; boundary=b")
            .POST(HttpRequest.BodyPublishers.ofString(form)))
        .path("id")
        .asString();
  }

  private void awaitMetrics(String... lines) throws Exception {
    long untilNanos = System.nanoTime() + PATIENCE.toNanos();
    List<String> told = List.of();
    while (System.nanoTime() - untilNanos < 0) {
      told = GatewayFixture.get(gateway, "/metrics").body().lines().toList();
      if (told.containsAll(List.of(lines))) {
        return;
      }
    }
    assertThat(told).contains(lines);
  }

  @Test
  void batchesLinesAndFilesAreMeasured() throws Exception {
    ScriptedModel model = house.model("measured");
    model.answers("quick").then().answers("one two").holdsAtChunk(1);
    String content = BatchDoor.lines(3, "measured");
    String file = upload(content);
    String batch =
        ask(GatewayFixture.request(gateway, "/v1/batches")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        """
                        {"input_file_id": "%s", "endpoint": "/v1/chat/completions",
                         "completion_window": "24h"}
                        """
                            .formatted(file))))
            .path("id")
            .asString();
    awaitMetrics(
        "relevo_gateway_batches{state=\"in_progress\"} 1.0",
        "relevo_gateway_batches{state=\"cancelling\"} 0.0",
        "relevo_gateway_batches_running 1.0",
        "relevo_gateway_batch_lines_open 2.0",
        "relevo_gateway_batch_lines_total{outcome=\"completed\"} 1.0");

    ask(
        GatewayFixture.request(gateway, "/v1/batches/" + batch + "/cancel")
            .POST(HttpRequest.BodyPublishers.noBody()));
    awaitMetrics(
        "relevo_gateway_batches{state=\"in_progress\"} 0.0",
        "relevo_gateway_batches{state=\"cancelling\"} 0.0",
        "relevo_gateway_batches_running 0.0",
        "relevo_gateway_batch_lines_open 0.0",
        "relevo_gateway_batch_lines_total{outcome=\"cancelled\"} 2.0");
    assertThat(GatewayFixture.get(gateway, "/v1/files/" + file + "/content").body())
        .isEqualTo(content);
    awaitMetrics(
        "relevo_gateway_file_transfers{direction=\"download\"} 0.0",
        "relevo_gateway_file_bytes_total{direction=\"upload\"} %s"
            .formatted((double) content.length()),
        "relevo_gateway_file_bytes_total{direction=\"download\"} %s"
            .formatted((double) content.length()));
    model.release();
  }
}
