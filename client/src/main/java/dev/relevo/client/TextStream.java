package dev.relevo.client;

import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The visible text of an answer as a stream whose elements are waited for. */
final class TextStream extends Spliterators.AbstractSpliterator<String> {
  private final ChunkBuffer buffer;

  private TextStream(ChunkBuffer buffer) {
    super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
    this.buffer = buffer;
  }

  static Stream<String> of(ChunkBuffer buffer) {
    return StreamSupport.stream(new TextStream(buffer), false);
  }

  @Override
  public boolean tryAdvance(Consumer<? super String> action) {
    String text = "";
    while (text.isEmpty()) {
      switch (buffer.take()) {
        case null -> {
          return false;
        }
        case ReplyChunk.Piece piece -> text = piece.index() == 0 ? piece.text() : "";
        case ReplyChunk.Restart restart ->
            throw new JobException(
                JobException.RESTARTED,
                "The answer began anew, which a text stream cannot show: read chunks() instead.");
      }
    }
    action.accept(text);
    return true;
  }
}
