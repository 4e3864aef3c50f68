package dev.relevo.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Lane;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.gateway.http.Principal;
import dev.relevo.gateway.http.Right;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobOptionsTest {
  private static final Principal ANYBODY =
      new Principal("anybody", "default", false, Set.of(Right.CHAT));
  private static final Principal BLUE = new Principal("key-1", "blue", true, Set.of(Right.CHAT));
  private static final long NOW_MS = 1_767_600_000_000L;

  private static JobOptions read(
      Principal principal, String fallbacks, Map<String, String> headers) {
    ChatRequest request =
        ChatRequest.read(
            "{\"model\":\"m\",\"fallbacks\":[%s],\"messages\":[{\"role\":\"user\"}]}"
                .formatted(fallbacks)
                .getBytes(StandardCharsets.UTF_8));
    return JobOptions.read(
        name -> Optional.ofNullable(headers.get(name)),
        principal,
        request,
        Duration.ofSeconds(30),
        NOW_MS);
  }

  private static HttpProblem refused(Principal principal, String header, String value) {
    return catchThrowableOfType(
        HttpProblem.class, () -> read(principal, "", Map.of(header, value)));
  }

  @Test
  void aRequestWithoutHeadersHasTheDefaultsAndAWait() {
    JobOptions options = read(ANYBODY, "\"b\"", Map.of());

    assertThat(options.headers())
        .isEqualTo(
            new JobHeaders(
                null,
                "m",
                List.of("b"),
                30_000L,
                null,
                null,
                "default",
                5,
                null,
                Failover.SEAMLESS,
                null,
                null,
                null));
    assertThat(options.lane()).isEqualTo(Lane.JOBS);
    assertThat(options.keepsRunning()).isFalse();
  }

  @Test
  void headersBecomeTheJobs() {
    String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    Map<String, String> headers =
        Map.ofEntries(
            Map.entry("x-relevo-fallback-models", "c, m,b"),
            Map.entry("x-relevo-max-wait", "1500"),
            Map.entry("x-relevo-strategy", "sticky"),
            Map.entry("x-relevo-session", "s-1"),
            Map.entry("x-relevo-tenant", "red"),
            Map.entry("x-relevo-priority", "0"),
            Map.entry("x-relevo-deadline", Long.toString(NOW_MS + 60_000)),
            Map.entry("x-relevo-failover", "restart"),
            Map.entry("x-relevo-max-attempts", "2"),
            Map.entry("x-relevo-lane", "batch"),
            Map.entry("x-relevo-keep-running", "true"),
            Map.entry("traceparent", trace));

    JobOptions options = read(ANYBODY, "\"b\"", headers);

    assertThat(options.headers())
        .isEqualTo(
            new JobHeaders(
                null,
                "m",
                List.of("b", "c"),
                1_500L,
                "sticky",
                "s-1",
                "red",
                0,
                NOW_MS + 60_000,
                Failover.RESTART,
                2,
                null,
                trace));
    assertThat(options.lane()).isEqualTo(Lane.BATCH);
    assertThat(options.keepsRunning()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "x-relevo-max-wait,soon",
    "x-relevo-max-wait,-1",
    "x-relevo-priority,10",
    "x-relevo-deadline,tomorrow",
    "x-relevo-deadline,1767600000000",
    "x-relevo-deadline,1767700000000",
    "x-relevo-failover,perhaps",
    "x-relevo-max-attempts,0",
    "x-relevo-lane,fast",
    "x-relevo-keep-running,yes",
  })
  void aBrokenHeaderIsNamedWithItsValue(String header, String value) {
    HttpProblem problem = refused(ANYBODY, header, value);

    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.code()).isEqualTo("invalid_header");
    assertThat(problem.words()).startsWith("Header " + header + " is ").contains("'" + value + "'");
  }

  @Test
  void aKeysTenantCannotBeOverridden() {
    HttpProblem problem = refused(BLUE, "x-relevo-tenant", "red");

    assertThat(problem.status()).isEqualTo(403);
    assertThat(problem.type()).isEqualTo("permission_error");
    assertThat(problem.code()).isEqualTo("insufficient_permissions");
    assertThat(read(BLUE, "", Map.of("x-relevo-tenant", "blue")).headers().tenant())
        .isEqualTo("blue");
    assertThat(read(BLUE, "", Map.of()).headers().tenant()).isEqualTo("blue");
  }

  @Test
  void aTraceThatIsNoneIsIgnored() {
    assertThat(read(ANYBODY, "", Map.of("traceparent", "rubbish")).headers().traceparent())
        .isNull();
  }

  @Test
  void thereAreNotTooManyFallbacks() {
    String most =
        IntStream.range(0, JobHeaders.MAX_FALLBACKS)
            .mapToObj(number -> "\"f" + number + "\"")
            .collect(Collectors.joining(","));

    assertThat(read(ANYBODY, most, Map.of()).headers().fallbackModels())
        .hasSize(JobHeaders.MAX_FALLBACKS);
    HttpProblem problem =
        catchThrowableOfType(
            HttpProblem.class,
            () -> read(ANYBODY, most, Map.of("x-relevo-fallback-models", "one-more")));
    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.words()).contains("17 fallback models").contains("at most 16");
  }
}
