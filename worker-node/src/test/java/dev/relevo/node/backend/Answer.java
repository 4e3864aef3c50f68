package dev.relevo.node.backend;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.Delta;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/** All that came of a completion. */
record Answer(List<Step.Piece> pieces, Completion completion) {

  static Answer of(Worker worker, CompletionRequest request) throws InterruptedException {
    List<Step.Piece> pieces = new ArrayList<>();
    Completion completion =
        worker.streamCompletion(
            request, (index, delta) -> pieces.add(new Step.Piece(index, delta)));
    return new Answer(pieces, completion);
  }

  /** What a parser makes of a body that comes in pieces of the given size. */
  static Answer parse(AnswerParser parser, String body, int pieceBytes) throws Exception {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    List<Step.Piece> pieces = new ArrayList<>();
    for (int from = 0; from < bytes.length; from += pieceBytes) {
      byte[] piece = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + pieceBytes));
      parser.feed(piece, piece.length);
      for (Step step = parser.next(); step != null; step = parser.next()) {
        switch (step) {
          case Step.Piece said -> pieces.add(said);
          case Step.Ended ended -> {
            return new Answer(pieces, ended.completion());
          }
        }
      }
    }
    parser.end();
    while (true) {
      switch (Objects.requireNonNull(parser.next())) {
        case Step.Piece said -> pieces.add(said);
        case Step.Ended ended -> {
          return new Answer(pieces, ended.completion());
        }
      }
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
