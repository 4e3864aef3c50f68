package dev.relevo.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.OpenAIClient;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.RateLimitException;
import dev.relevo.client.JobException;
import dev.relevo.client.JobResult;
import dev.relevo.common.config.Settings;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.gateway.http.DoorOptions;
import dev.relevo.gateway.http.ErrorShape;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.Gatekeeper;
import dev.relevo.gateway.http.HttpDoor;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.gateway.http.Principal;
import dev.relevo.gateway.http.Right;
import dev.relevo.gateway.http.Route;
import io.helidon.http.Method;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the official SDK makes of our refusals: when it comes back, and when it does not. */
class SdkRetryTest {
  private static final Queue<HttpProblem> REFUSALS = new ConcurrentLinkedQueue<>();
  private static final AtomicInteger REQUESTS = new AtomicInteger();
  private static HttpDoor door;
  private static OpenAIClient sdk;

  @BeforeAll
  static void open() throws IOException {
    Principal anybody = new Principal("anybody", "default", false, Set.of(Right.CHAT));
    door =
        HttpDoor.open(
            DoorOptions.of(Settings.defaults().gateway().withPort(0)),
            List.of(
                new Route(
                    Method.POST,
                    "/v1/chat/completions",
                    Right.CHAT,
                    ErrorShape.OPENAI,
                    SdkRetryTest::answer)),
            (exchange, route) -> new Gatekeeper.Admission(anybody, () -> {}));
    sdk = ChatHouse.sdk(door.port(), 2);
  }

  @AfterAll
  static void close() {
    sdk.close();
    door.close();
  }

  @BeforeEach
  void reset() {
    REFUSALS.clear();
    REQUESTS.set(0);
  }

  private static void answer(Exchange exchange) {
    exchange.body(1 << 20);
    REQUESTS.incrementAndGet();
    HttpProblem refusal = REFUSALS.poll();
    if (refusal != null) {
      throw refusal;
    }
    TreeMap<Integer, Delta> answers = new TreeMap<>();
    answers.put(0, Delta.text("Yes."));
    JobResult result = new JobResult("j", answers, FinishReason.STOP, null, "b", "m", 1, 0);
    exchange.json(200, WholeAnswer.of(new Stamp("j", 0), result));
  }

  private static String ask() {
    return sdk.chat()
        .completions()
        .create(ChatHouse.ask("m").build())
        .choices()
        .getFirst()
        .message()
        .content()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({"too_many_open_jobs", "client_closed", "attempts_exhausted"})
  void itComesBackAfterWhatMayHeal(String code) {
    REFUSALS.add(JobFailures.problem(code, "not now"));

    assertThat(ask()).isEqualTo("Yes.");
    assertThat(REQUESTS).hasValue(2);
  }

  @Test
  void itWaitsAsLongAsItIsTold() {
    REFUSALS.add(
        HttpProblem.of(429, "rate_limit_exceeded", "slower").retryAfter(Duration.ofSeconds(1)));
    long beganNanos = System.nanoTime();

    assertThat(ask()).isEqualTo("Yes.");
    assertThat(REQUESTS).hasValue(2);
    assertThat(Duration.ofNanos(System.nanoTime() - beganNanos))
        .isGreaterThanOrEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void itGivesUpInTheEnd() {
    HttpProblem slower =
        HttpProblem.of(429, "rate_limit_exceeded", "slower").with("retry-after-ms", "1");
    REFUSALS.addAll(List.of(slower, slower, slower, slower));

    assertThat(catchThrowableOfType(RateLimitException.class, SdkRetryTest::ask).code())
        .hasValue("rate_limit_exceeded");
    assertThat(REQUESTS).hasValue(3);
  }

  @ParameterizedTest
  @CsvSource({
    FailureCodes.INVALID_REQUEST + ",400",
    FailureCodes.DEADLINE_EXCEEDED + ",504",
    FailureCodes.ALREADY_SUBMITTED + ",409",
    FailureCodes.MALFORMED_RECORD + ",500",
    JobException.ANSWER_TOO_LONG + ",502",
    JobException.CANCELLED + ",409",
    JobException.NO_SUCH_REPLY + ",410",
  })
  void itDoesNotComeBackAfterWhatCannotHeal(String code, int status) {
    REFUSALS.add(JobFailures.problem(code, "never"));

    OpenAIServiceException failure =
        catchThrowableOfType(OpenAIServiceException.class, SdkRetryTest::ask);

    assertThat(failure.statusCode()).isEqualTo(status);
    assertThat(failure.code()).isPresent();
    assertThat(REQUESTS).hasValue(1);
  }

  @Test
  void whatIsNotThereIsAskedForOnce() {
    REFUSALS.add(HttpProblem.of(501, "not_implemented", "not here").notToBeRetried());

    assertThat(catchThrowableOfType(OpenAIServiceException.class, SdkRetryTest::ask).statusCode())
        .isEqualTo(501);
    assertThat(REQUESTS).hasValue(1);
  }
}
