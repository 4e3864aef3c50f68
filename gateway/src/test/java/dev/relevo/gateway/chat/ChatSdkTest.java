package dev.relevo.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.SseException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.CompletionUsage;
import com.openai.models.models.Model;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import dev.relevo.gateway.Gateway;
import dev.relevo.gateway.GatewayFixture;
import dev.relevo.node.backend.Fault;
import dev.relevo.testkit.AskedJob;
import dev.relevo.testkit.Failure;
import dev.relevo.testkit.RelevoExtension;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The official SDK, unchanged, against a gateway with everything behind it. */
class ChatSdkTest {
  private static final String MODEL = "sdk/one:1b";
  private static final String OTHER = "sdk-other";

  @RegisterExtension static final RelevoExtension relevo = ChatHouse.create(MODEL, OTHER);

  private static Gateway gateway;
  private static OpenAIClient sdk;

  @BeforeAll
  static void start() throws Exception {
    gateway = GatewayFixture.start(relevo.house());
    sdk = ChatHouse.sdk(gateway);
  }

  @AfterAll
  static void stop() {
    sdk.close();
    gateway.close();
  }

  private static List<ChatCompletionChunk> stream(ChatCompletionCreateParams params) {
    List<ChatCompletionChunk> chunks = new ArrayList<>();
    try (StreamResponse<ChatCompletionChunk> stream =
        sdk.chat().completions().createStreaming(params)) {
      stream.stream().forEach(chunks::add);
    }
    return chunks;
  }

  private static ChatCompletion accumulated(List<ChatCompletionChunk> chunks) {
    ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
    chunks.forEach(accumulator::accumulate);
    return accumulator.chatCompletion();
  }

  @Test
  void anAnswerComesWhole() {
    relevo
        .model(MODEL)
        .answers("Because of Rayleigh.")
        .thinking("Well, ")
        .counting(new Usage(9, 4, new Usage.PromptDetails(8L), new Usage.CompletionDetails(3L)));

    ChatCompletion answer = sdk.chat().completions().create(ChatHouse.ask(MODEL).build());

    AskedJob job = relevo.model(MODEL).awaitRequest();
    assertThat(answer.id()).isEqualTo("chatcmpl-" + job.id());
    assertThat(answer.model()).isEqualTo(MODEL);
    assertThat(Math.abs(answer.created() - job.record().timestamp() / 1_000)).isLessThan(60);
    ChatCompletion.Choice choice = answer.choices().getFirst();
    assertThat(choice.message().content()).hasValue("Because of Rayleigh.");
    assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
    CompletionUsage usage = answer.usage().orElseThrow();
    assertThat(usage.totalTokens()).isEqualTo(13);
    assertThat(usage.promptTokensDetails().orElseThrow().cachedTokens()).hasValue(8L);
    assertThat(usage.completionTokensDetails().orElseThrow().reasoningTokens()).hasValue(3L);
    answer.validate();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aStreamIsAccumulated(boolean usage) {
    relevo.model(MODEL).answers("Because of Rayleigh.").finishing(FinishReason.LENGTH);
    ChatCompletionCreateParams.Builder params = ChatHouse.ask(MODEL);
    if (usage) {
      params.streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build());
    }

    List<ChatCompletionChunk> chunks = stream(params.build());

    ChatCompletion answer = accumulated(chunks);
    ChatCompletion.Choice choice = answer.choices().getFirst();
    assertThat(choice.message().content()).hasValue("Because of Rayleigh.");
    assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.LENGTH);
    assertThat(answer.usage().isPresent()).isEqualTo(usage);
    assertThat(chunks).extracting(ChatCompletionChunk::id).containsOnly(answer.id());
    chunks.forEach(ChatCompletionChunk::validate);
    if (usage) {
      assertThat(chunks.getLast().choices()).isEmpty();
      assertThat(chunks.subList(0, chunks.size() - 1))
          .noneMatch(chunk -> chunk.usage().isPresent());
    }
  }

  @Test
  void toolsAreCalledWholeAndInAStream() {
    relevo.model(MODEL).callsTool("weather", "{\"city\":\"Rome\"}").andCallsTool("time", "{}");
    ChatCompletionCreateParams params =
        ChatHouse.ask(MODEL)
            .addFunctionTool(FunctionDefinition.builder().name("weather").build())
            .build();

    for (ChatCompletion answer :
        List.of(sdk.chat().completions().create(params), accumulated(stream(params)))) {
      ChatCompletion.Choice choice = answer.choices().getFirst();
      assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
      List<ChatCompletionMessageFunctionToolCall> calls =
          choice.message().toolCalls().orElseThrow().stream()
              .map(call -> call.asFunction())
              .toList();
      assertThat(calls).extracting(call -> call.id()).containsExactly("call_1", "call_2");
      assertThat(calls)
          .extracting(call -> call.function().name())
          .containsExactly("weather", "time");
      assertThat(calls.getFirst().function().arguments()).isEqualTo("{\"city\":\"Rome\"}");
    }
  }

  @Test
  void anotherModelAnswersWhereTheFirstIsNotThere() {
    relevo.model(OTHER).answers("Me.");
    ChatCompletionCreateParams params =
        ChatHouse.ask("not-there")
            .putAdditionalBodyProperty("fallbacks", JsonValue.from(List.of("nor-there", OTHER)))
            .build();

    assertThat(sdk.chat().completions().create(params).model()).isEqualTo(OTHER);
    assertThat(accumulated(stream(params)).model()).isEqualTo(OTHER);
    assertThat(relevo.requests())
        .allSatisfy(job -> {
          assertThat(job.headers().fallbackModels()).containsExactly("nor-there", OTHER);
          assertThat(job.body().has("fallbacks")).isFalse();
        });
  }

  @Test
  void modelsAreListedAndFound() {
    assertThat(sdk.models().list().data()).extracting(Model::id).contains(MODEL, OTHER);
    assertThat(sdk.models().retrieve(MODEL).id()).isEqualTo(MODEL);
    assertThatThrownBy(() -> sdk.models().retrieve("not/there"))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void headersReachTheJob() {
    relevo.model(MODEL).answers("Yes.");

    sdk.chat()
        .completions()
        .create(
            ChatHouse.ask(MODEL)
                .putAdditionalHeader("x-relevo-priority", "2")
                .putAdditionalHeader("x-relevo-tenant", "blue")
                .build());

    AskedJob job = relevo.model(MODEL).awaitRequest();
    assertThat(job.headers().priority()).isEqualTo(2);
    assertThat(job.headers().tenant()).isEqualTo("blue");
    assertThat(job.headers().maxWaitMs()).isEqualTo(30_000);
  }

  private static <E extends OpenAIServiceException> E refused(
      Class<E> type, ChatCompletionCreateParams params) {
    return catchThrowableOfType(type, () -> sdk.chat().completions().create(params));
  }

  @Test
  void aModelThatNobodyHasIsNotFoundAtOnce() {
    NotFoundException failure =
        refused(NotFoundException.class, ChatHouse.ask("not-there").build());

    assertThat(failure.code()).hasValue("model_not_found");
    assertThat(failure.param()).hasValue("model");
    assertThat(failure).hasMessageContaining(MODEL);
    assertThat(relevo.requests()).isEmpty();
  }

  @Test
  void theProvidersRefusalReachesTheCaller() {
    relevo
        .model(MODEL)
        .fails(
            new Failure(Fault.CALLER, "unsupported_value", "x answered 400: no such voice", null));

    BadRequestException whole = refused(BadRequestException.class, ChatHouse.ask(MODEL).build());
    assertThat(whole.code()).hasValue("unsupported_value");
    assertThat(whole).hasMessageContaining("no such voice");
    assertThat(whole.headers().values("x-relevo-job-id")).hasSize(1);
    assertThat(whole.headers().values("x-request-id")).hasSize(1);

    SseException streamed =
        catchThrowableOfType(SseException.class, () -> stream(ChatHouse.ask(MODEL).build()));
    assertThat(streamed.code()).hasValue("unsupported_value");
    assertThat(streamed).hasMessageContaining("no such voice");
  }

  @Test
  void aPromptThatIsTooLongIsToldAsSuch() {
    relevo
        .model(MODEL)
        .fails(
            new Failure(
                Fault.CONTEXT_TOO_LONG,
                FailureCodes.INVALID_REQUEST,
                "x answered 400: maximum context length is 8 tokens",
                null));

    BadRequestException failure = refused(BadRequestException.class, ChatHouse.ask(MODEL).build());

    assertThat(failure.code()).hasValue("context_length_exceeded");
    assertThat(failure.param()).hasValue("messages");
  }

  @Test
  void aBackendThatBreaksIsABadGateway() {
    relevo.model(MODEL).fails(Failure.retryable("it is on fire"));

    InternalServerException failure =
        refused(InternalServerException.class, ChatHouse.ask(MODEL).build());

    assertThat(failure.statusCode()).isEqualTo(502);
    assertThat(failure).hasMessageContaining("it is on fire");
  }

  @Test
  void aDeadlineThatPassesIsATimeout() {
    relevo.model(MODEL).isSilent();
    // Not so soon that the gateway itself finds it over.
    String deadline = Long.toString(System.currentTimeMillis() + 2_000);

    InternalServerException failure =
        refused(
            InternalServerException.class,
            ChatHouse.ask(MODEL).putAdditionalHeader("x-relevo-deadline", deadline).build());

    assertThat(failure.statusCode()).isEqualTo(504);
    assertThat(failure.code()).hasValue("timeout");
    assertThat(failure.headers().values("x-should-retry")).containsExactly("false");
  }

  @Test
  void textThatWasStreamedIsNotTakenBack() {
    relevo.model(MODEL).inPieces("Hello ", "you").failsAtChunk(1).then().answers("Bye then");
    ChatCompletionCreateParams params =
        ChatHouse.ask(MODEL).putAdditionalHeader("x-relevo-failover", "restart").build();
    List<ChatCompletionChunk> got = new ArrayList<>();

    assertThatThrownBy(
            () -> {
              try (StreamResponse<ChatCompletionChunk> stream =
                  sdk.chat().completions().createStreaming(params)) {
                stream.stream().forEach(got::add);
              }
            })
        .isInstanceOfSatisfying(
            SseException.class, failure -> assertThat(failure.code()).hasValue("stream_restarted"));
    assertThat(got).noneMatch(chunk -> chunk.choices().getFirst().finishReason().isPresent());
    relevo.model(MODEL).inPieces("Hello ", "you").failsAtChunk(1).then().answers("Bye then");
    assertThat(sdk.chat().completions().create(params).choices().getFirst().message().content())
        .hasValue("Bye then");
  }
}
