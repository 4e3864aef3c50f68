package dev.relevo.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.client.JobResult;
import dev.relevo.client.ReplyChunk;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Delta.Function;
import dev.relevo.common.protocol.Delta.ToolCall;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class ChunkedAnswerTest {
  private static final Stamp STAMP = new Stamp("job-1", 1_767_600_000_999L);
  private static final String HEAD =
      "{\"id\":\"chatcmpl-job-1\",\"object\":\"chat.completion.chunk\",\"created\":1767600000,"
          + "\"model\":\"m\",\"choices\":[";

  private static ReplyChunk.Piece piece(int index, Delta delta) {
    return new ReplyChunk.Piece(0, 0, index, delta, 0);
  }

  private static JobResult result(FinishReason reason, @Nullable Usage usage) {
    SortedMap<Integer, Delta> answers = new TreeMap<>();
    return new JobResult("job-1", answers, reason, usage, "backend", "m", 1, 0);
  }

  private static String text(List<ObjectNode> chunks) {
    return chunks.stream().map(ObjectNode::toString).collect(Collectors.joining("\n"));
  }

  private static String choice(int index, String delta, String reason) {
    return HEAD
        + "{\"index\":%d,\"delta\":%s,\"logprobs\":null,\"finish_reason\":%s}]}"
            .formatted(index, delta, reason);
  }

  private static final String ROLE = "{\"role\":\"assistant\",\"content\":\"\"}";

  @Test
  void aChoiceHasItsRoleItsDeltasAndItsFinish() {
    ChunkedAnswer answer = new ChunkedAnswer(STAMP, "m", false);

    assertThat(answer.hasBegun()).isFalse();
    assertThat(text(answer.piece(piece(0, Delta.text("Hel")))))
        .isEqualTo(choice(0, ROLE, "null") + "\n" + choice(0, "{\"content\":\"Hel\"}", "null"));
    assertThat(answer.hasBegun()).isTrue();
    assertThat(text(answer.piece(piece(0, Delta.text("lo")))))
        .isEqualTo(choice(0, "{\"content\":\"lo\"}", "null"));
    assertThat(text(answer.end(result(FinishReason.LENGTH, new Usage(9, 1)))))
        .isEqualTo(choice(0, "{}", "\"length\""));
  }

  @Test
  void usageComesLastWhereItWasAskedFor() {
    ChunkedAnswer answer = new ChunkedAnswer(STAMP, "m", true);

    assertThat(text(answer.end(result(FinishReason.STOP, new Usage(9, 1)))))
        .isEqualTo(
            choice(0, ROLE, "null")
                + "\n"
                + choice(0, "{}", "\"stop\"")
                + "\n"
                + HEAD
                + "],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1,\"total_tokens\":10}}");
    Usage detailed = new Usage(9, 1, new Usage.PromptDetails(8L), new Usage.CompletionDetails(0L));
    assertThat(text(new ChunkedAnswer(STAMP, "m", true).end(result(FinishReason.STOP, detailed))))
        .endsWith(
            "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1,"
                + "\"prompt_tokens_details\":{\"cached_tokens\":8},"
                + "\"completion_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":10}}");
    assertThat(new ChunkedAnswer(STAMP, "m", true).end(result(FinishReason.STOP, null)))
        .as("nothing is made up where the backend counted nothing")
        .hasSize(2);
  }

  @Test
  void severalAnswersHaveARoleAndAFinishEach() {
    ChunkedAnswer answer = new ChunkedAnswer(STAMP, "m", false);
    answer.piece(piece(1, Delta.text("b")));

    assertThat(text(answer.piece(piece(0, Delta.reasoning("hm")))))
        .isEqualTo(
            choice(0, ROLE, "null") + "\n" + choice(0, "{\"reasoning_content\":\"hm\"}", "null"));
    assertThat(text(answer.piece(piece(0, new Delta(null, null, "No.", List.of())))))
        .isEqualTo(choice(0, "{\"refusal\":\"No.\"}", "null"));
    assertThat(text(answer.end(result(FinishReason.STOP, null))))
        .isEqualTo(choice(0, "{}", "\"stop\"") + "\n" + choice(1, "{}", "\"stop\""));
  }

  @Test
  void toolCallsComeInFragments() {
    ChunkedAnswer answer = new ChunkedAnswer(STAMP, "m", false);
    ToolCall head = new ToolCall(0, "call_1", "function", new Function("f", ""));
    ToolCall rest = new ToolCall(0, null, null, new Function(null, "{\"a\":1}"));

    assertThat(text(answer.piece(piece(0, new Delta(null, null, null, List.of(head))))))
        .endsWith(
            choice(
                0,
                "{\"tool_calls\":[{\"index\":0,\"id\":\"call_1\",\"type\":\"function\","
                    + "\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}",
                "null"));
    assertThat(text(answer.piece(piece(0, new Delta(null, null, null, List.of(rest))))))
        .isEqualTo(
            choice(
                0,
                "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\":1}\"}}]}",
                "null"));
    assertThat(text(answer.end(result(FinishReason.TOOL_CALLS, null))))
        .isEqualTo(choice(0, "{}", "\"tool_calls\""));
  }
}
