package dev.relevo.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.testkit.HouseOptions;
import dev.relevo.testkit.RelevoHouse;
import dev.relevo.testkit.ScriptedModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** A thousand callers at once, each with an open stream; prints what they cost. */
@Isolated("what it counts is the whole JVM's")
class ThousandStreamsTest {
  private static final int STREAMS = 1_000;
  private static final int HELD_AT = 3;
  private static final String WORDS = "one two three four five six seven eight nine ten";

  /** For client, node and caller of a stream together, which share this JVM. */
  private static final long MOST_BYTES_A_STREAM = 200 << 10;

  private static final Pattern CONTENT = Pattern.compile("\"content\":\"([^\"]*)\"");
  private static final long PATIENCE_SECONDS = 60;

  private final CountDownLatch open = new CountDownLatch(STREAMS);

  @Test
  void areHeldOpenAndAllGetTheirWholeAnswer() throws Exception {
    HouseOptions options =
        GatewayFixture.house()
            .withSetting("node.capacity", Integer.toString(STREAMS))
            .withPatience(Duration.ofSeconds(PATIENCE_SECONDS));
    try (RelevoHouse house = RelevoHouse.start(options);
        Gateway gateway = GatewayFixture.start(house);
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      ScriptedModel model = house.model("crowd");
      model.answers(WORDS).holdsAtChunk(HELD_AT);
      long before = usedBytes();
      long beganNanos = System.nanoTime();

      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < STREAMS; i++) {
        answers.add(callers.submit(() -> ask(gateway.port())));
      }
      assertThat(open.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("%s left", open).isTrue();
      long openMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos);
      long bytesEach = (usedBytes() - before) / STREAMS;
      int threads = ManagementFactory.getThreadMXBean().getThreadCount();
      model.release();
      for (Future<String> answer : answers) {
        assertThat(answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(WORDS);
      }

      System.out.printf(
          "%,d streams open after %,d ms; %,d bytes of heap each (gateway, node and caller), %d"
              + " platform threads; all ended after %,d ms%n",
          STREAMS,
          openMs,
          bytesEach,
          threads,
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos));
      assertThat(bytesEach).isLessThan(MOST_BYTES_A_STREAM);
    }
  }

  /** What is still held after a collection. */
  private static long usedBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private String ask(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      String body =
          "{\"model\":\"crowd\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"go\"}]}";
      String request =
          "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(body.length(), body);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      assertThat(lines.readLine()).startsWith("HTTP/1.1 200");
      return read(lines);
    }
  }

  private String read(BufferedReader lines) throws IOException {
    StringBuilder text = new StringBuilder();
    int pieces = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.equals("data: [DONE]")) {
        return text.toString();
      }
      Matcher content = CONTENT.matcher(line);
      if (content.find() && !content.group(1).isEmpty()) {
        text.append(content.group(1));
        pieces++;
        if (pieces == HELD_AT) {
          open.countDown();
        }
      }
    }
    throw new IOException("the stream ended without [DONE] after: " + text);
  }
}
