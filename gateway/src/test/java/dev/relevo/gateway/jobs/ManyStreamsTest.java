package dev.relevo.gateway.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.gateway.Gateway;
import dev.relevo.gateway.GatewayFixture;
import dev.relevo.gateway.SseReader;
import dev.relevo.testkit.HouseOptions;
import dev.relevo.testkit.RelevoHouse;
import dev.relevo.testkit.ScriptedModel;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;

/** A gateway and a node go while many streams run, and every reader goes on at another gateway. */
@Timeout(60)
class ManyStreamsTest {
  private static final int STREAMS = 200;
  private static final int HELD_AT = 3;
  private static final String ASK =
      "{\"model\":\"crowd\",\"messages\":[{\"role\":\"user\",\"content\":\"Count\"}]}";
  private static final String BEFORE_HELD = "one two three";
  private static final String WORDS = "one two three four five six seven eight nine ten";

  private final CountDownLatch reading = new CountDownLatch(STREAMS);

  @Test
  void allGoOnWithExactlyTheirText() throws Exception {
    HouseOptions options =
        HouseOptions.defaults().withSetting("node.capacity", Integer.toString(STREAMS));
    try (RelevoHouse house = RelevoHouse.start(options);
        ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
      ScriptedModel model = house.model("crowd");
      model.answers(WORDS).holdsAtChunk(HELD_AT);
      Gateway first = GatewayFixture.start(house);
      Gateway second = GatewayFixture.start(house);
      List<Future<String>> texts = new ArrayList<>();
      for (int i = 0; i < STREAMS; i++) {
        HttpResponse<String> taken = GatewayFixture.post(first, "/v1/jobs", ASK);
        String job = JsonMapper.shared().readTree(taken.body()).path("id").asString();
        texts.add(readers.submit(() -> read(job, first, second)));
      }
      assertThat(reading.await(30, TimeUnit.SECONDS)).as("%s", reading).isTrue();
      first.close();
      house.killNode(model.awaitHeld().node());
      model.release();

      for (Future<String> text : texts) {
        assertThat(text.get(30, TimeUnit.SECONDS)).isEqualTo(WORDS);
      }
      second.close();
    }
  }

  private String read(String job, Gateway first, Gateway second) throws Exception {
    StringBuilder text = new StringBuilder();
    String last = "";
    try (SseReader reader = new SseReader(stream(first, job))) {
      boolean told = false;
      for (SseReader.Event event = reader.next(); event != null; event = reader.next()) {
        text.append(event.text());
        last = event.id();
        if (!told && text.toString().startsWith(BEFORE_HELD)) {
          told = true;
          reading.countDown();
        }
      }
    }
    try (SseReader reader = new SseReader(stream(second, job).header("Last-Event-ID", last))) {
      reader.rest().forEach(event -> text.append(event.text()));
    }
    return text.toString();
  }

  private static HttpRequest.Builder stream(Gateway from, String job) {
    return GatewayFixture.request(from, "/v1/jobs/" + job + "/stream");
  }
}
