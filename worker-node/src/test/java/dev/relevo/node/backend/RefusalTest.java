package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.FailureCodes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RefusalTest {
  private static final ServerName SERVER = new ServerName("gpu-1", "server", "http://h");

  @ParameterizedTest
  @CsvSource({
    "301,MALFORMED",
    "400,CALLER",
    "401,CREDENTIALS",
    "402,CREDENTIALS",
    "403,CREDENTIALS",
    "404,MODEL_MISSING",
    "405,MALFORMED",
    "408,SERVER",
    "409,SERVER",
    "413,CALLER",
    "422,CALLER",
    "424,CALLER",
    "429,RATE_LIMITED",
    "498,RATE_LIMITED",
    "499,CALLER",
    "500,SERVER",
    "501,CALLER",
    "502,SERVER",
    "503,SERVER",
    "504,SERVER",
    "529,SERVER"
  })
  void theStatusTellsTheFault(int status, Fault fault) {
    assertThat(refused(status, "").fault()).isEqualTo(fault);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'error':{'message':'no','type':'x','code':'context_length_exceeded'}}",
        "{'error':{'code':400,'message':'no','type':'exceed_context_size_error'}}",
        "{'error':{'message':'This model has a maximum context length of 4096 tokens'}}",
        "{'type':'error','error':{'type':'x','message':'prompt is too long: 9 tokens > 8'}}"
      })
  void aRequestTooLongForTheModelIsToldFromOneThatIsWrong(String body) {
    Completion.Failed refused = refused(400, body);
    assertThat(refused.fault()).isEqualTo(Fault.CONTEXT_TOO_LONG);
    assertThat(refused.failure().retryable()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'error':{'message':'no','type':'insufficient_quota','code':null}}",
        "{'error':{'message':'no','type':'x','code':'credit_balance_exhausted'}}",
        "{'error':{'message':'no','type':'x','code':'project_spend_limit_exceeded'}}"
      })
  void moneyThatRanOutIsNotWaitedFor(String body) {
    assertThat(refused(429, body).fault()).isEqualTo(Fault.CREDENTIALS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'error':{'message':'Project `p` does not have access to model `m`','type':"
            + "'invalid_request_error','code':'model_not_found'}}",
        "{'error':{'message':'no','type':'permissions_error','code':'model_not_available'}}",
        "{'type':'error','error':{'type':'permission_error','message':'You may not use Model m'}}",
        "{'error':{'code':403,'status':'PERMISSION_DENIED','message':'denied on models/gem-1'}}"
      })
  void aKeyThatMayNotUseOneModelIsGoodForOthers(String body) {
    Completion.Failed refused = refused(403, body);
    assertThat(refused.fault()).isEqualTo(Fault.MODEL_MISSING);
    assertThat(refused.failure().message()).endsWith("may not use this model");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'error':{'message':'Country not supported','code':'unsupported_country'}}",
        "{'error':{'message':'no model for you','type':'x','code':null}}",
        "{'type':'error','error':{'type':'permission_error','message':'key lacks permission'}}",
        "{'error':{'code':403,'status':'PERMISSION_DENIED','message':'cannot list models'}}"
      })
  void aKeyThatIsRefusedWithoutWordOfAModelIsGoodForNone(String body) {
    Completion.Failed refused = refused(403, body);
    assertThat(refused.fault()).isEqualTo(Fault.CREDENTIALS);
    assertThat(refused.failure().message()).endsWith("check the backend's api-key");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'error':{'message':'No models loaded. Please load a model'}}",
        "{'error':'Failed to load model \\u0022x\\u0022. Error: memory'}"
      })
  void aModelThatIsNotLoadedIsTheBackendsOwnMatter(String body) {
    AttemptFailure failure = refuse(404, body);
    assertThat(failure.retryable()).isTrue();
    assertThat(failure.code()).isEqualTo(FailureCodes.BACKEND_ERROR);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'error':'Unauthorized'} | Unauthorized",
        "{'error':{'code':503,'message':'Loading model','type':'unavailable_error'}} | Loading",
        "{'object':'error','message':'Rate limit','type':'rate_limited','code':'1300'} | Rate"
            + " limit",
        "{'message':'text','type':'t'} | text",
        "{'detail':'Not Found'} | Not Found",
        "{'detail':[{'loc':['body'],'msg':'field required'}]} | field required",
        "[{'error':{'message':'in a list'}}] | in a list",
        "plain text | plain text",
        "{'error':null,'message':'m'} | m"
      })
  void readsTheWordsInEveryShape(String body, String words) {
    AttemptFailure failure = refuse(503, body);
    assertThat(failure.message()).startsWith("gpu-1 (server at http://h) answered 503");
    assertThat(failure.message()).contains(words);
    assertThat(failure.code()).isEqualTo(FailureCodes.BACKEND_ERROR);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "null",
        "[]",
        "7",
        "true",
        "'x",
        "{'error':{}}",
        "{'error':[]}",
        "{'error':7}",
        "{'detail':[[]]}",
        "<html><h1>502 Bad Gateway</h1></html>",
        "\u0000"
      })
  void noBodyBreaksIt(String body) {
    AttemptFailure failure = refuse(502, body);
    assertThat(failure.retryable()).isTrue();
    assertThat(failure.message()).contains("answered 502").doesNotContain("<");
  }

  @Test
  void passesTheBackendsOwnCodeOn() {
    assertThat(refuse(404, "{'error':{'message':'m','code':'model_not_found'}}").code())
        .isEqualTo("model_not_found");
    assertThat(refuse(400, "{'error':{'message':'m','code':400}}").code())
        .isEqualTo(FailureCodes.INVALID_REQUEST);
  }

  @Test
  void cutsLongWords() {
    assertThat(refuse(500, "x".repeat(100_000)).message()).hasSizeLessThan(700);
  }

  @ParameterizedTest
  @CsvSource({
    "2500.7, 9, , 2500",
    ", 2, , 2000",
    ", 0.5, , 500",
    ", -1, , ",
    ", soon, , ",
    ", , , ",
    ", 1e30, , 86400000",
    ", NaN, , ",
    ", 'Mon, 05 Jan 2026 10:00:30 GMT', 'Mon, 05 Jan 2026 10:00:00 GMT', 30000",
    ", 'Mon, 05 Jan 2026 09:00:00 GMT', 'Mon, 05 Jan 2026 10:00:00 GMT', 0",
    ", 'Mon, 05 Jan 2026 10:00:30 GMT', , "
  })
  void readsHowLongToWait(String ms, String after, String date, Long expectedMs) {
    assertThat(RetryAfter.read(ms, after, date)).isEqualTo(expectedMs);
  }

  private static AttemptFailure refuse(int status, String body) {
    return refused(status, body).failure();
  }

  private static Completion.Failed refused(int status, String body) {
    ServerError error = ServerError.parse(body.replace('\'', '"'));
    return new Refusal(status, error, null).failure(SERVER);
  }
}
