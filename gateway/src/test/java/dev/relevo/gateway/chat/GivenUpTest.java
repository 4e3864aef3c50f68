package dev.relevo.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.client.JobClient;
import dev.relevo.client.JobException;
import dev.relevo.common.config.ReplyMode;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.gateway.Gateway;
import dev.relevo.gateway.GatewayFixture;
import dev.relevo.gateway.OwnThreads;
import dev.relevo.gateway.http.HttpDoor;
import dev.relevo.testkit.AskedJob;
import dev.relevo.testkit.RelevoExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of jobs whose answers a gateway cannot hand out, or did not even ask for. */
@Timeout(60)
class GivenUpTest {
  private static final String MODEL = "given-up";
  private static final String WHOLE =
      "{\"model\":\"given-up\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}";
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

  @RegisterExtension
  static final RelevoExtension relevo = RelevoExtension.create(GatewayFixture.house()).shared();

  /** Waits for the end of a job, wherever it ran in the end, and tells it. */
  private static String end(String question) {
    AskedJob job =
        relevo.model(MODEL).requests().stream()
            .filter(asked -> asked.question().equals(question))
            .findFirst()
            .orElseThrow();
    return relevo
        .client()
        .follow(
            String.valueOf(job.id()), Optional.ofNullable(job.headers().replyPlace()).orElseThrow())
        .result()
        .handle((result, failure) -> failure == null ? result.text() : words(failure))
        .orTimeout(20, TimeUnit.SECONDS)
        .join();
  }

  private static String words(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof JobException known
        ? known.code() + ": " + known.getMessage()
        : String.valueOf(cause);
  }

  @Test
  void aJobWhoseAnswerCannotBeReadIsStoppedUnlessSomebodyMayComeBack() throws Exception {
    relevo.model(MODEL).answers("Word by word.").holdsAtChunk(1);
    OwnThreads<JobClient> own =
        OwnThreads.of(
            () -> relevo.clientOptions().replyMode(ReplyMode.INBOX).keepReplies(true).connect());
    try (JobClient client = own.it();
        HttpDoor door = ChatHouse.door(client, new ChatHouse.NothingKnown(), KEEP_ALIVE)) {
      List<RawCall> calls = new ArrayList<>();
      calls.add(new RawCall(door.port(), "", WHOLE.formatted("whole")));
      calls.add(
          new RawCall(
              door.port(),
              "",
              WHOLE.formatted("stream").replace("{\"model", "{\"stream\":true,\"model")));
      calls.add(
          new RawCall(door.port(), "x-relevo-keep-running: true\r\n", WHOLE.formatted("kept")));
      calls.add(new RawCall(door.port(), "Idempotency-Key: g-1\r\n", WHOLE.formatted("named")));
      relevo.model(MODEL).awaitCalls(4);
      calls.get(1).head();

      own.interrupt("relevo-client-replies");

      assertThat(calls.get(0).head()).startsWith("http/1.1 503 ").contains("retry-after: 2\n");
      assertThat(calls.get(1).rest()).contains("\"code\":\"kafka_unreachable\"");
      assertThat(calls.get(2).head()).startsWith("http/1.1 503 ");
      assertThat(calls.get(3).head()).startsWith("http/1.1 503 ");
      for (String stopped : List.of("whole", "stream")) {
        assertThat(end(stopped)).isEqualTo("cancelled: the gateway could not read its answer");
      }
      relevo.model(MODEL).release();
      for (String kept : List.of("kept", "named")) {
        assertThat(end(kept)).isEqualTo("Word by word.");
      }
      for (RawCall call : calls) {
        call.close();
      }
    }
  }

  @Test
  void aJobWhoseStreamNobodyReadsIsStopped() throws Exception {
    // More than the systems hold between the two, and no end of its own.
    String[] much = new String[64];
    Arrays.fill(much, "…".repeat(64 << 10));
    relevo.model(MODEL).inPieces(much).holdsAtChunk(much.length);
    Map<String, String> impatient =
        Map.of("RELEVO_GATEWAY_LIMITS_SLOW_READER", "300ms", "RELEVO_GATEWAY_PORT", "0");
    String streamed = WHOLE.formatted("unread").replace("{\"model", "{\"stream\":true,\"model");
    try (Gateway gateway =
            GatewayFixture.start(
                relevo.house(), new SettingsLoader().load(null, impatient).gateway());
        RawCall unread = RawCall.narrow(gateway.port(), "", streamed)) {
      assertThat(unread.head()).startsWith("http/1.1 200 ");
      relevo.model(MODEL).awaitRequest();

      assertThat(end("unread")).isEqualTo("cancelled: the caller of the gateway has gone");
    }
  }

  @Test
  void aNamedRequestThatWasRefusedHereIsNoMysteryAfterwards() throws Exception {
    relevo.model(MODEL).answers("Yes.").holdsAtChunk(0);
    List<String> searched = new ArrayList<>();
    SubmittedJobs submitted =
        new ChatHouse.NothingKnown() {
          @Override
          public Optional<Submitted> search(String job) {
            searched.add(job);
            return Optional.empty();
          }
        };
    String named = "Idempotency-Key: g-2\r\n";
    try (JobClient client = relevo.clientOptions().maxOpenJobs(1).keepReplies(true).connect();
        HttpDoor door = ChatHouse.door(client, submitted, KEEP_ALIVE);
        RawCall first = new RawCall(door.port(), "", WHOLE.formatted("first"))) {
      relevo.model(MODEL).awaitHeld();
      try (RawCall refused = new RawCall(door.port(), named, WHOLE.formatted("named"))) {
        assertThat(refused.head()).startsWith("http/1.1 503 ");
      }
      relevo.model(MODEL).release();
      assertThat(first.head()).startsWith("http/1.1 200 ");

      String head = "";
      long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (!head.startsWith("http/1.1 200 ")) {
        // The first is forgotten a moment after its end.
        assertThat(System.nanoTime()).as(head).isLessThan(endNanos);
        try (RawCall again = new RawCall(door.port(), named, WHOLE.formatted("named"))) {
          head = again.head();
        }
      }
    }
    assertThat(searched).as("nothing was sent, so there was nothing to look for").isEmpty();
  }
}
