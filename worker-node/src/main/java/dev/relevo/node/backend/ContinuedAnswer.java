package dev.relevo.node.backend;

import dev.relevo.common.protocol.Delta;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** An answer that continues a prefix: gives only what its reader does not have yet. */
final class ContinuedAnswer implements AnswerParser {
  private final AnswerParser answer;
  private final PrefixSeam seam;
  private final Queue<Step> ready = new ArrayDeque<>();

  ContinuedAnswer(AnswerParser answer, PrefixSeam seam) {
    this.answer = answer;
    this.seam = seam;
  }

  @Override
  public void feed(byte[] bytes, int count) throws MalformedStreamException {
    answer.feed(bytes, count);
  }

  @Override
  public void end() {
    answer.end();
  }

  @Override
  public @Nullable Step next() throws MalformedStreamException {
    while (ready.isEmpty()) {
      Step step = answer.next();
      switch (step) {
        case null -> {
          return null;
        }
        case Step.Piece piece -> join(piece);
        case Step.Skipped skipped -> ready.add(skipped);
        case Step.Ended ended -> {
          addText(0, seam.end());
          ready.add(ended);
        }
      }
    }
    return ready.remove();
  }

  private void join(Step.Piece piece) {
    Delta delta = piece.delta();
    if (delta.content() == null || piece.index() != 0) {
      ready.add(piece);
      return;
    }
    String content = seam.accept(delta.content());
    Delta rest =
        new Delta(
            content.isEmpty() ? null : content,
            delta.reasoning(),
            delta.refusal(),
            delta.toolCalls());
    if (!rest.isEmpty()) {
      ready.add(new Step.Piece(0, rest));
    }
  }

  private void addText(int index, String text) {
    if (!text.isEmpty()) {
      ready.add(new Step.Piece(index, Delta.text(text)));
    }
  }
}
