package dev.relevo.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.client.JobException;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.gateway.http.HttpProblem;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobFailuresTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // failure | status | type | code | Retry-After | x-should-retry | heals
        "invalid_request|400|invalid_request_error|invalid_request|||false",
        "unsupported_parameter|400|invalid_request_error|unsupported_parameter|||false",
        "content_filter|400|invalid_request_error|content_filter|||false",
        "model_not_found|404|invalid_request_error|model_not_found||false|true",
        "context_length_exceeded|400|invalid_request_error|context_length_exceeded|||false",
        "exceed_context_size_error|400|invalid_request_error|context_length_exceeded|||false",
        "context_too_long|400|invalid_request_error|context_length_exceeded|||false",
        "no_workers_available|503|service_unavailable_error|server_is_overloaded|2||true",
        "backend_busy|503|service_unavailable_error|server_is_overloaded|2||true",
        "too_many_open_jobs|503|service_unavailable_error|server_is_overloaded|2||true",
        "too_many_followed|503|service_unavailable_error|server_is_overloaded|2||true",
        "not_submitted|503|service_unavailable_error|kafka_unreachable|2||true",
        "replies_unreadable|503|service_unavailable_error|kafka_unreachable|2||true",
        "client_closed|503|service_unavailable_error|gateway_stopping|1||true",
        "interrupted|503|service_unavailable_error|gateway_stopping|1||true",
        "deadline_exceeded|504|server_error|timeout||false|true",
        "no_answer|504|server_error|timeout||false|true",
        "attempts_exhausted|502|server_error|bad_gateway|||true",
        "backend_error|502|server_error|bad_gateway|||true",
        "node_lost|502|server_error|bad_gateway|||true",
        "stream_broken|502|server_error|stream_broken|||true",
        "stream_restarted|502|server_error|stream_restarted|||true",
        "answer_too_long|502|server_error|answer_too_long||false|false",
        "record_gone|500|server_error|record_gone||false|true",
        "reply_gone|500|server_error|reply_gone||false|true",
        "malformed_record|500|server_error|malformed_record||false|false",
        "forbidden_reply_place|500|server_error|forbidden_reply_place||false|false",
        "no_such_position|500|server_error|no_such_position||false|false",
        "cancelled|409|invalid_request_error|cancelled||false|true",
        "already_submitted|409|invalid_request_error|already_submitted||false|false",
        "already_open|409|invalid_request_error|already_open|1||false",
        "no_such_reply|410|invalid_request_error|no_such_reply||false|false",
        "reply_deleted|410|invalid_request_error|reply_deleted||false|false",
      })
  void everyFailureHasItsAnswer(
      String failure,
      int status,
      String type,
      String code,
      @Nullable String retryAfter,
      @Nullable String shouldRetry,
      boolean heals) {
    HttpProblem problem = JobFailures.problem(new JobException(failure, "what happened"));

    assertThat(problem.status()).isEqualTo(status);
    assertThat(problem.type()).isEqualTo(type);
    assertThat(problem.code()).isEqualTo(code);
    assertThat(problem.words()).isEqualTo("what happened");
    assertThat(problem.headers().get("Retry-After")).isEqualTo(retryAfter);
    assertThat(problem.headers().get("x-should-retry")).isEqualTo(shouldRetry);
    assertThat(JobFailures.mayHeal(failure, "what happened")).isEqualTo(heals);
  }

  /** So that a code that is added later is not taken for a provider's. */
  @ParameterizedTest
  @MethodSource("codes")
  void everyCodeOfOursStandsInTheTable(String code) {
    assertThat(JobFailures.isOurs(code)).isTrue();
  }

  static Stream<String> codes() {
    return Stream.of(FailureCodes.class, JobException.class)
        .flatMap(type -> Arrays.stream(type.getDeclaredFields()))
        .filter(field -> Modifier.isPublic(field.getModifiers()) && field.getType() == String.class)
        .map(JobFailuresTest::value);
  }

  private static String value(Field field) {
    try {
      return String.valueOf(field.get(null));
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void serversWithoutACodeSayThatAPromptIsTooLong() {
    List<String> sentences =
        List.of(
            "vllm at x answered 400: This model's maximum context length is 4096 tokens",
            "the request exceeds the available context size",
            "Prompt is too long: 9000 tokens");

    for (String sentence : sentences) {
      HttpProblem problem = JobFailures.problem(FailureCodes.INVALID_REQUEST, sentence);
      assertThat(problem.code()).isEqualTo("context_length_exceeded");
      assertThat(problem.param()).isEqualTo("messages");
      assertThat(problem.words()).isEqualTo(sentence);
    }
  }

  @Test
  void aModelThatAProviderDoesNotKnowIsAboutTheModel() {
    assertThat(JobFailures.problem("model_not_found", "x answered 404").param()).isEqualTo("model");
    assertThat(JobFailures.problem("no_such_reply", "gone").param()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rate_limit_exceeded", "model_not_found"})
  void aFailureThatRanOutOfTimeIsNoRefusal(String code) {
    HttpProblem problem =
        JobFailures.problem(
            code, "the deadline passes before the next attempt; the last failed on node-1: 429");

    assertThat(problem.status()).isEqualTo(504);
    assertThat(problem.code()).isEqualTo("timeout");
  }
}
