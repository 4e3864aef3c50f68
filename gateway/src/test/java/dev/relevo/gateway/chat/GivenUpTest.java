package dev.relevo.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.client.JobClient;
import dev.relevo.gateway.http.HttpDoor;
import dev.relevo.testkit.AskedJob;
import dev.relevo.testkit.ModelCall;
import dev.relevo.testkit.RelevoExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of jobs whose answers a gateway cannot read, or did not even ask for. */
@Timeout(60)
class GivenUpTest {
  private static final String MODEL = "given-up";
  private static final String WHOLE =
      "{\"model\":\"given-up\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}";
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

  @RegisterExtension static final RelevoExtension relevo = RelevoExtension.create().shared();

  /** A client and the threads that it has begun. */
  private record Watched(JobClient client, ThreadGroup threads) {
    /** Breaks the reading of answers as a fault of the client would. */
    void stopReading() {
      Thread[] all = new Thread[threads.activeCount() * 2];
      int count = threads.enumerate(all);
      for (int i = 0; i < count; i++) {
        if (all[i].getName().equals("relevo-client-replies")) {
          all[i].interrupt();
        }
      }
    }
  }

  private static Watched connect() throws Exception {
    CompletableFuture<JobClient> client = new CompletableFuture<>();
    ThreadGroup threads = new ThreadGroup("watched");
    // Threads belong to the group of who begins them.
    Thread.ofPlatform()
        .group(threads)
        .start(() -> client.complete(relevo.clientOptions().keepReplies(true).connect()));
    return new Watched(client.get(30, TimeUnit.SECONDS), threads);
  }

  private static ModelCall call(String question) {
    return relevo.model(MODEL).calls().stream()
        .filter(call -> call.question().equals(question))
        .findFirst()
        .orElseThrow();
  }

  private static void awaitEnd(String question) {
    AskedJob job =
        relevo.model(MODEL).requests().stream()
            .filter(asked -> asked.question().equals(question))
            .findFirst()
            .orElseThrow();
    var _ =
        relevo
            .client()
            .follow(
                String.valueOf(job.id()),
                Optional.ofNullable(job.headers().replyPlace()).orElseThrow())
            .result()
            .handle((result, failure) -> "ended")
            .orTimeout(20, TimeUnit.SECONDS)
            .join();
  }

  @Test
  void aJobWhoseAnswerCannotBeReadIsStoppedUnlessSomebodyMayComeBack() throws Exception {
    relevo.model(MODEL).answers("Word by word.").holdsAtChunk(1);
    Watched watched = connect();
    try (JobClient client = watched.client();
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

      watched.stopReading();

      assertThat(calls.get(0).head()).startsWith("http/1.1 503 ").contains("retry-after: 2\n");
      assertThat(calls.get(1).rest()).contains("\"code\":\"kafka_unreachable\"");
      assertThat(calls.get(2).head()).startsWith("http/1.1 503 ");
      assertThat(calls.get(3).head()).startsWith("http/1.1 503 ");
      awaitEnd("whole");
      awaitEnd("stream");
      relevo.model(MODEL).release();
      awaitEnd("kept");
      awaitEnd("named");
      for (String stopped : List.of("whole", "stream")) {
        assertThat(call(stopped).outcome())
            .isEqualTo("cancelled: the gateway could not read its answer");
      }
      assertThat(call("kept").outcome()).isEqualTo("finished (STOP)");
      assertThat(call("named").outcome()).isEqualTo("finished (STOP)");
      for (RawCall call : calls) {
        call.close();
      }
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
