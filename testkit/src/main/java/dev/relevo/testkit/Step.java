package dev.relevo.testkit;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a scripted model does with one call. Immutable, but for the gates in its actions.
 *
 * @param parts what is said, one after the other
 * @param actions what happens between the pieces, in the order it was asked for
 * @param pace the pause before each piece
 * @param finish why the model stops; null for {@code tool_calls} where there are some, else {@code
 *     stop}
 * @param usage what is counted; null for one token a piece and one a word of the prompt
 */
record Step(
    List<Part> parts,
    List<Action.At> actions,
    Duration pace,
    @Nullable FinishReason finish,
    @Nullable Usage usage) {
  private static final Pattern WORD = Pattern.compile("\\s*\\S+\\s*");

  Step {
    parts = List.copyOf(parts);
    actions = List.copyOf(actions);
  }

  /**
   * A part of what is said.
   *
   * @param pieces gives them for a call
   * @param size how many they are, or {@link #UNKNOWN_SIZE}
   * @param isTool whether they call a tool
   * @param index the answer that they belong to, from 0
   */
  record Part(Function<ModelCall, List<Delta>> pieces, int size, boolean isTool, int index) {
    static final int UNKNOWN_SIZE = -1;

    static Part fixed(List<Delta> pieces) {
      List<Delta> copy = List.copyOf(pieces);
      return new Part(call -> copy, copy.size(), false, 0);
    }

    static Part tool(Delta name, Delta arguments) {
      return new Part(call -> List.of(name, arguments), 2, true, 0);
    }

    static Part computed(Function<ModelCall, String> text) {
      return new Part(call -> words(text.apply(call)), UNKNOWN_SIZE, false, 0);
    }

    Part of(int answer) {
      return new Part(pieces, size, isTool, answer);
    }
  }

  /** One piece, and the answer that it belongs to. */
  record Piece(int index, Delta delta) {}

  static Step saying(Part... parts) {
    return new Step(List.of(parts), List.of(), Duration.ZERO, null, null);
  }

  /** A text as a model would stream it, word by word. */
  static List<Delta> words(String text) {
    return WORD.matcher(text).results().map(MatchResult::group).map(Delta::text).toList();
  }

  /** What it says to a call. */
  List<Piece> pieces(ModelCall call) {
    return parts.stream()
        .flatMap(
            part -> part.pieces().apply(call).stream().map(delta -> new Piece(part.index(), delta)))
        .toList();
  }

  Step before(Part part) {
    List<Part> more = new ArrayList<>(parts);
    more.addFirst(part);
    return new Step(more, actions, pace, finish, usage);
  }

  /** The same with more of the answer that it says last. */
  Step and(Part part) {
    return with(part.of(lastAnswer()));
  }

  /** The same with one more answer. */
  Step beside(Part part) {
    return with(part.of(lastAnswer() + 1));
  }

  private Step with(Part part) {
    List<Part> more = new ArrayList<>(parts);
    more.addLast(part);
    return new Step(more, actions, pace, finish, usage);
  }

  private int lastAnswer() {
    return parts.stream().mapToInt(Part::index).max().orElse(0);
  }

  /**
   * The same with something that happens.
   *
   * @throws IllegalArgumentException if the answer has fewer pieces
   */
  Step with(Action.At at) {
    int size = size();
    if (at.chunk() < 0 || (size != Part.UNKNOWN_SIZE && at.chunk() > size)) {
      throw new IllegalArgumentException(
          "%s(%d): the answer has %d pieces, so expected 0 to %d"
              .formatted(at.method(), at.chunk(), size, size));
    }
    List<Action.At> more = new ArrayList<>(actions);
    more.add(at);
    return new Step(parts, more, pace, finish, usage);
  }

  Step paced(Duration pause) {
    return new Step(parts, actions, pause, finish, usage);
  }

  Step finishing(FinishReason reason) {
    return new Step(parts, actions, pace, reason, usage);
  }

  Step counting(Usage counted) {
    return new Step(parts, actions, pace, finish, counted);
  }

  /** Whether it calls tools. */
  boolean callsTools() {
    return parts.stream().anyMatch(Part::isTool);
  }

  /** How many tools the answer calls that it says last. */
  int tools() {
    return (int)
        parts.stream().filter(part -> part.isTool() && part.index() == lastAnswer()).count();
  }

  List<Gate> gates() {
    List<Gate> gates = new ArrayList<>();
    for (Action.At at : actions) {
      if (at.action() instanceof Action.Hold hold) {
        gates.add(hold.gate());
      }
    }
    return gates;
  }

  private int size() {
    int size = 0;
    for (Part part : parts) {
      if (part.size() == Part.UNKNOWN_SIZE) {
        return Part.UNKNOWN_SIZE;
      }
      size += part.size();
    }
    return size;
  }
}
