package dev.relevo.common.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MessageCodecTest {

  static Stream<Message> messages() {
    AttemptReport report =
        new AttemptReport("0.1.2", "n", "i", "b", "m", "node_lost", "gone", 1_000, 2_000);
    return Stream.of(
        new ReplyRecord.Started("node-1"),
        new ReplyRecord.Resumed(ResumeMode.CONTINUE, 4),
        new ReplyRecord.Chunk(0, Delta.text("Blue ✓")),
        new ReplyRecord.Chunk(
            3,
            1,
            new Delta(
                null,
                "hm",
                null,
                List.of(
                    new Delta.ToolCall(
                        0, "call_1", "function", new Delta.Function("f", "{\"a\""))))),
        new ReplyRecord.Done(3, FinishReason.TOOL_CALLS, new Usage(9, 1), "ollama", "m", 2),
        new ReplyRecord.Done(
            3,
            FinishReason.STOP,
            new Usage(9, 1, new Usage.PromptDetails(8L), new Usage.CompletionDetails(1L)),
            "ollama",
            "m",
            2),
        new ReplyRecord.Failed(FailureCodes.DEADLINE_EXCEEDED, "too late", 1),
        new ReplyRecord.Cancelled("asked to"),
        new EventRecord.Accepted("n", "i", 7L),
        new EventRecord.Rejected("n", "i", EventRecord.Rejected.Reason.UNKNOWN_MODEL, "no m"),
        new EventRecord.Finished(
            "n",
            "i",
            AttemptOutcome.FAILED,
            new AttemptFailure("backend_error", "503", true, 2_000L),
            "b",
            "m",
            12L,
            new Usage(1, 2, new Usage.PromptDetails(1L), new Usage.CompletionDetails(0L)),
            5,
            6),
        new EventRecord.Settled("d", JobStatus.EXPIRED, "deadline_exceeded", "too late"),
        new BeatRecord.DispatcherBeat("d", 3),
        new NodeBeat(
            "n",
            "i",
            5,
            42,
            NodeBeat.State.READY,
            8,
            1_000,
            Map.of("0.1.2", NodeBeat.Phase.RUNNING),
            List.of(
                new NodeBeat.Backend(
                    "b",
                    "echo",
                    List.of("echo"),
                    10,
                    1,
                    NodeBeat.Health.AVAILABLE,
                    "CLOSED",
                    1.5,
                    null,
                    "why not")),
            List.of(new NodeBeat.Order(4, false, "no"))),
        new ControlRecord.Cancel("job", "why not"),
        new ControlRecord.Drain("n"),
        new ControlRecord.Pause(Lane.BATCH),
        new ControlRecord.Resume(Lane.JOBS),
        new ControlRecord.BackendAdd("n", "b", Map.of("api-key", "${KEY}", "priority", "50")),
        new ControlRecord.BackendRemove("n", "b"),
        new StateRecord.Opened("d"),
        new StateRecord.Job(
            17,
            JobStatus.ASSIGNED,
            Lane.JOBS,
            99,
            "0.17.3",
            "n",
            "i",
            "m",
            null,
            true,
            1,
            List.of(report),
            "relevo.replies.x",
            5_000,
            4_500L,
            4_200L,
            0,
            4_000,
            null,
            null,
            Map.of("relevo-model", "m")),
        new DeadLetter(
            "attempts_exhausted",
            "3 attempts",
            "job",
            "0.1.2",
            Lane.JOBS,
            0,
            4,
            "m",
            "default",
            9,
            List.of(report)));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void readsWhatItWrites(Message message) {
    byte[] bytes = MessageCodec.encode(message);

    assertThat(MessageCodec.decode(kind(message), bytes)).isEqualTo(message);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void ignoresFieldsItDoesNotKnow(Message message) {
    String json = new String(MessageCodec.encode(message), StandardCharsets.UTF_8);
    String more = json.substring(0, json.length() - 1) + ",\"from-the-future\":{\"a\":[1]}}";

    assertThat(MessageCodec.decode(kind(message), utf8(more))).isEqualTo(message);
  }

  @Test
  void speaksTheWordsOfTheProtocol() {
    assertThat(json(new ReplyRecord.Chunk(0, Delta.text("Hi"))))
        .isEqualTo("{\"type\":\"chunk\",\"seq\":0,\"delta\":{\"content\":\"Hi\"}}");
    assertThat(json(new ReplyRecord.Done(0, FinishReason.STOP, new Usage(1, 2), "echo", "echo", 1)))
        .isEqualTo(
            "{\"type\":\"done\",\"seq\":0,\"finishReason\":\"stop\",\"usage\":"
                + "{\"prompt_tokens\":1,\"completion_tokens\":2},\"backend\":\"echo\","
                + "\"model\":\"echo\",\"attempts\":1}");
  }

  @Test
  void namesWhatIsMissing() {
    assertThatThrownBy(
            () -> MessageCodec.decode(ReplyRecord.class, utf8("{\"type\":\"chunk\",\"seq\":1}")))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage("'delta' is missing");
    assertThatThrownBy(
            () -> MessageCodec.decode(ReplyRecord.class, utf8("{\"type\":\"chunk\",\"delta\":{}}")))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("'seq'");
    assertThatThrownBy(() -> MessageCodec.decode(EventRecord.class, utf8("{\"seq\":1}")))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("type");
    assertThatThrownBy(() -> MessageCodec.decode(EventRecord.class, utf8("nonsense")))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageStartingWith("not readable JSON: ");
    assertThatThrownBy(() -> MessageCodec.decode(EventRecord.class, null))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage("the record has no value");
  }

  @Test
  void aKeyItselfIsNeverSent() {
    for (String named : List.of("${CLOUD_KEY}", "${file:/run/secrets/cloud}")) {
      assertThat(new ControlRecord.BackendAdd(null, "b", Map.of("api-key", named)).settings())
          .containsValue(named);
    }
    for (String sent : List.of("sk-123", "${CLOUD_KEY:sk-123}", "x${CLOUD_KEY}", "${}", "")) {
      assertThatThrownBy(() -> new ControlRecord.BackendAdd(null, "b", Map.of("api-key", sent)))
          .isInstanceOf(MalformedRecordException.class)
          .hasMessage(
              "'settings.api-key' has to name a key that the node has, as ${VARIABLE} or"
                  + " ${file:PATH}; a key itself must never be sent");
    }
  }

  private static String json(Message message) {
    return new String(MessageCodec.encode(message), StandardCharsets.UTF_8);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Class<? extends Message> kind(Message message) {
    return switch (message) {
      case ReplyRecord r -> ReplyRecord.class;
      case EventRecord e -> EventRecord.class;
      case BeatRecord b -> BeatRecord.class;
      case ControlRecord c -> ControlRecord.class;
      case StateRecord s -> StateRecord.class;
      case DeadLetter d -> DeadLetter.class;
    };
  }
}
