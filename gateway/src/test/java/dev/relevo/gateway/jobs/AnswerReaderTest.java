package dev.relevo.gateway.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.client.ChatMessage;
import dev.relevo.client.JobClient;
import dev.relevo.client.JobException;
import dev.relevo.client.JobHandle;
import dev.relevo.client.JobRequest;
import dev.relevo.client.PostedJob;
import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.gateway.GatewayFixture;
import dev.relevo.gateway.http.DoorOptions;
import dev.relevo.gateway.http.Gatekeeper;
import dev.relevo.gateway.http.HttpDoor;
import dev.relevo.gateway.http.Principal;
import dev.relevo.gateway.http.Right;
import dev.relevo.operator.LiveJobs;
import dev.relevo.testkit.RelevoExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is told of a job whose answer is there and cannot be read. */
@Timeout(60)
class AnswerReaderTest {
  @RegisterExtension
  static final RelevoExtension relevo = RelevoExtension.create(GatewayFixture.house()).shared();

  private static final String MODEL = "read-model";

  private static JobClient client;
  private static LiveJobs live;
  private static HttpDoor door;

  /** A gateway that follows one answer at a time. */
  @BeforeAll
  static void open() throws IOException {
    client = relevo.clientOptions().maxFollowed(1).keepReplies(true).connect();
    live =
        LiveJobs.open(
            new KafkaClients(KafkaAccess.to(relevo.bootstrapServers())),
            relevo.topics(),
            Set::of,
            Supervisor.uncounted("The test"));
    Principal anybody = new Principal("any", "default", false, Set.of(Right.OPERATE));
    door =
        HttpDoor.open(
            DoorOptions.of(GatewayFixture.onAnyPort(Settings.defaults().gateway())),
            new JobRoutes(client, live, relevo.topics()).routes(),
            (exchange, route) -> new Gatekeeper.Admission(anybody, () -> {}));
  }

  @AfterAll
  static void close() {
    door.close();
    live.close();
    client.close();
  }

  private static PostedJob post() throws Exception {
    return client
        .post(JobRequest.messages(List.of(ChatMessage.user("Why?"))).model(MODEL).build())
        .get(20, TimeUnit.SECONDS);
  }

  private static HttpResponse<String> get(PostedJob job) throws Exception {
    return GatewayFixture.ask(
        HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:%d/v1/jobs/%s".formatted(door.port(), job.id()))));
  }

  private static JsonNode json(HttpResponse<String> response) {
    return JsonMapper.shared().readTree(response.body());
  }

  private static PostedJob ended() throws Exception {
    PostedJob job = post();
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!json(get(job)).path("state").asString("").equals("succeeded")) {
      assertThat(System.nanoTime()).as("the end of job %s", job).isLessThan(end);
    }
    return job;
  }

  @Test
  void whoeverAsksWhileNothingMoreCanBeFollowedIsToComeBack() throws Exception {
    relevo.model(MODEL).answers("Because.").then().answers("Later").silentAtChunk(1);
    PostedJob ended = ended();
    PostedJob running = post();
    JobHandle following = client.follow(running.id(), running.place());
    following.submitted().get(20, TimeUnit.SECONDS);

    HttpResponse<String> refused = get(ended);
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
    assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
    assertThat(json(refused).path("code").asString()).isEqualTo("too_many_followed");
    assertThat(get(running).statusCode()).as("that runs on, and is looked at").isEqualTo(200);

    following.stopFollowing();
    HttpResponse<String> told = get(ended);
    assertThat(told.statusCode()).as(told.body()).isEqualTo(200);
    assertThat(json(told).path("result").path("text").asString()).isEqualTo("Because.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        JobException.UNREADABLE,
        JobException.TOO_MANY_FOLLOWED,
        JobException.CLIENT_CLOSED
      })
  void troubleOfThisReadingPasses(String code) {
    assertThat(AnswerTrouble.passes(new JobException(code, "not now"))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {JobException.NO_SUCH_REPLY, JobException.REPLY_DELETED})
  void whatIsGoneStaysGone(String code) {
    assertThat(AnswerTrouble.passes(new JobException(code, "gone"))).isFalse();
  }
}
