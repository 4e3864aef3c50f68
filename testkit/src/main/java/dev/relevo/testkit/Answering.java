package dev.relevo.testkit;

import dev.relevo.common.protocol.Delta;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/** Where a script, or the next step of one, begins: what the model does with a call. */
public abstract sealed class Answering permits ScriptedModel, Script.Next {

  Answering() {}

  abstract Script begin(Step step);

  /** Answers with a text, word by word: each word is a chunk. */
  public Script answers(String text) {
    return begin(Step.saying(Step.Part.fixed(Step.words(Objects.requireNonNull(text, "text")))));
  }

  /** Answers with what a function makes of the call, word by word. */
  public Script answers(Function<ModelCall, String> text) {
    return begin(Step.saying(Step.Part.computed(text)));
  }

  /**
   * Answers with a text in these pieces: each is a chunk.
   *
   * @throws IllegalArgumentException if a piece is empty, for there are no empty chunks
   */
  public Script inPieces(String... pieces) {
    if (Stream.of(pieces).anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException("inPieces: a piece is empty, and no chunk ever is");
    }
    return begin(Step.saying(Step.Part.fixed(Stream.of(pieces).map(Delta::text).toList())));
  }

  /**
   * Calls a tool: two chunks, the name and then the arguments.
   *
   * @param arguments JSON
   */
  public Script callsTool(String name, String arguments) {
    return begin(Step.saying(tool(0, name, arguments)));
  }

  /** Fails before the first chunk. */
  public Script fails(Failure failure) {
    return begin(Step.saying()).failsAtChunk(0, failure);
  }

  /** Says nothing at all, until the job is cancelled, its deadline passes, or the test ends. */
  public Script isSilent() {
    return begin(Step.saying()).silentAtChunk(0);
  }

  static Step.Part tool(int index, String name, String arguments) {
    Delta.ToolCall head =
        new Delta.ToolCall(index, "call_" + (index + 1), "function", new Delta.Function(name, ""));
    Delta.ToolCall rest =
        new Delta.ToolCall(index, null, null, new Delta.Function(null, arguments));
    return Step.Part.tool(
        new Delta(null, null, null, List.of(head)), new Delta(null, null, null, List.of(rest)));
  }
}
