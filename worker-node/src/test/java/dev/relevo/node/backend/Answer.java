package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.Delta;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** All that came of a completion. */
record Answer(List<Step.Piece> pieces, int skipped, Completion completion) {

  static Answer of(Worker worker, CompletionRequest request) throws InterruptedException {
    Collected collected = new Collected();
    return collected.end(worker.streamCompletion(request, collected));
  }

  /** What a parser makes of a body that comes in pieces of the given size. */
  static Answer parse(AnswerParser parser, String body, int pieceBytes) throws Exception {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    List<byte[]> parts = new ArrayList<>();
    for (int from = 0; from < bytes.length; from += pieceBytes) {
      parts.add(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + pieceBytes)));
    }
    return parse(parser, parts);
  }

  /** What a parser makes of a body that comes in two pieces. */
  static Answer parseInTwo(AnswerParser parser, String body, int at) throws Exception {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return parse(
        parser, List.of(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, at, bytes.length)));
  }

  /** What a parser makes of a body, which is to be the same wherever it is cut in two. */
  static Answer parseCutAnywhere(Supplier<AnswerParser> parsers, String body) throws Exception {
    int byteCount = body.getBytes(StandardCharsets.UTF_8).length;
    Answer whole = parse(parsers.get(), body, Math.max(1, byteCount));
    assertThat(parse(parsers.get(), body, 1)).as("byte by byte").isEqualTo(whole);
    for (int at = 1; at < byteCount; at++) {
      assertThat(parseInTwo(parsers.get(), body, at)).as("cut at %d", at).isEqualTo(whole);
    }
    return whole;
  }

  private static Answer parse(AnswerParser parser, List<byte[]> parts) throws Exception {
    Collected collected = new Collected();
    for (byte[] part : parts) {
      parser.feed(part, part.length);
      Answer answer = collected.takeAll(parser);
      if (answer != null) {
        return answer;
      }
    }
    parser.end();
    return Objects.requireNonNull(collected.takeAll(parser));
  }

  private static final class Collected implements DeltaSink {
    private final List<Step.Piece> pieces = new ArrayList<>();
    private int skipped;

    @Override
    public void accept(int index, Delta delta) {
      pieces.add(new Step.Piece(index, delta));
    }

    @Override
    public void skipped(String what) {
      skipped++;
    }

    Answer end(Completion completion) {
      return new Answer(pieces, skipped, completion);
    }

    @Nullable Answer takeAll(AnswerParser parser) throws Exception {
      for (Step step = parser.next(); step != null; step = parser.next()) {
        switch (step) {
          case Step.Piece said -> pieces.add(said);
          case Step.Skipped _ -> skipped++;
          case Step.Ended ended -> {
            return end(ended.completion());
          }
        }
      }
      return null;
    }
  }

  static CompletionRequest request(String body, String prefix) {
    return new CompletionRequest(object(body), "m", prefix, 60_000, new Cancellation());
  }

  static CompletionRequest request(String body) {
    return request(body, null);
  }

  /** A plain question, to model {@code m}. */
  static CompletionRequest question() {
    return request("{'messages':[{'role':'user','content':'Hi'}]}");
  }

  /** A plain question whose answer was begun. */
  static CompletionRequest question(String prefix) {
    return request("{'messages':[{'role':'user','content':'Hi'}]}", prefix);
  }

  /** JSON written with single quotes. */
  static ObjectNode object(String json) {
    return Objects.requireNonNull(Json.object(json.replace('\'', '"')));
  }

  String text() {
    return text(0);
  }

  String text(int index) {
    return pieces.stream()
        .filter(piece -> piece.index() == index)
        .map(piece -> piece.delta().content())
        .filter(Objects::nonNull)
        .collect(Collectors.joining());
  }

  String reasoning() {
    return pieces.stream()
        .map(piece -> piece.delta().reasoning())
        .filter(Objects::nonNull)
        .collect(Collectors.joining());
  }

  List<Delta.ToolCall> toolCalls() {
    return pieces.stream().flatMap(piece -> piece.delta().toolCalls().stream()).toList();
  }

  Completion.Finished finished() {
    if (completion instanceof Completion.Finished finished) {
      return finished;
    }
    throw new AssertionError("not finished: " + completion);
  }

  Fault fault() {
    if (completion instanceof Completion.Failed failed) {
      return failed.fault();
    }
    throw new AssertionError("not failed: " + completion);
  }

  AttemptFailure failure() {
    return failed().failure();
  }

  Completion.Failed failed() {
    if (completion instanceof Completion.Failed failed) {
      return failed;
    }
    throw new AssertionError("not failed: " + completion);
  }
}
