package dev.relevo.common.protocol;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The legal transitions of a state machine, in one table; whoever changes a state asks it, and the
 * documentation's diagram is drawn from it. Immutable.
 *
 * @param <S> the states
 * @param <T> what makes one state follow another
 */
public final class Lifecycle<S extends Enum<S>, T extends Enum<T>> {
  private static final String OUTSIDE = "[*]";

  private final String what;
  private final List<Transition<S, T>> transitions;
  private final Map<S, Map<T, Transition<S, T>>> bySource = new HashMap<>();

  /**
   * One line of the table.
   *
   * @param from the state before; null for what does not exist yet
   * @param trigger what happens
   * @param to the state after; null for what is forgotten
   */
  public record Transition<S extends Enum<S>, T extends Enum<T>>(
      @Nullable S from, T trigger, @Nullable S to) {}

  /**
   * @param what has this life, for error messages, such as {@code job}
   * @param transitions the table
   * @throws IllegalArgumentException if one state and trigger lead to two states
   */
  public Lifecycle(String what, List<Transition<S, T>> transitions) {
    this.what = what;
    this.transitions = List.copyOf(transitions);
    for (Transition<S, T> transition : this.transitions) {
      if (transition.from() != null
          && bySource
                  .computeIfAbsent(transition.from(), from -> new HashMap<>())
                  .put(transition.trigger(), transition)
              != null) {
        throw new IllegalArgumentException("two transitions stand for " + transition);
      }
    }
  }

  /** The table, as it was written. */
  public List<Transition<S, T>> transitions() {
    return transitions;
  }

  /**
   * The state that follows.
   *
   * @param id whose life it is, for the error
   * @param history what happened before, for the error
   * @throws IllegalStateException if nothing follows: a bug, which must not go on unseen
   */
  public S next(S from, T trigger, String id, Object history) {
    Transition<S, T> transition = bySource.getOrDefault(from, Map.of()).get(trigger);
    if (transition == null || transition.to() == null) {
      throw new IllegalStateException(
          what
              + " "
              + id
              + " is "
              + from
              + ", where "
              + trigger
              + " cannot happen; before: "
              + history);
    }
    return transition.to();
  }

  /** The table as a Mermaid state diagram, one arrow for each pair of states. */
  public String mermaid(Function<T, String> label) {
    Map<String, List<T>> arrows = new LinkedHashMap<>();
    for (Transition<S, T> transition : transitions) {
      String arrow = name(transition.from()) + " --> " + name(transition.to());
      arrows.computeIfAbsent(arrow, any -> new ArrayList<>()).add(transition.trigger());
    }
    StringBuilder diagram = new StringBuilder("```mermaid\nstateDiagram-v2\n");
    arrows.forEach((arrow, triggers) ->
        diagram
            .append("  ")
            .append(arrow)
            .append(" : ")
            .append(triggers.stream().map(label).distinct().collect(Collectors.joining(", ")))
            .append('\n'));
    return diagram.append("```\n").toString();
  }

  /** What each trigger means, and where it leads, as a Markdown table. */
  public String markdown(Function<T, String> label, Function<T, String> meaning) {
    Map<T, Map<String, List<String>>> ways = new LinkedHashMap<>();
    for (Transition<S, T> transition : transitions) {
      ways.computeIfAbsent(transition.trigger(), any -> new LinkedHashMap<>())
          .computeIfAbsent(name(transition.to()), any -> new ArrayList<>())
          .add("`" + name(transition.from()) + "`");
    }
    StringBuilder table =
        new StringBuilder("| what happens | leads | when |\n| --- | --- | --- |\n");
    ways.forEach((trigger, targets) -> {
      List<String> leads = new ArrayList<>();
      targets.forEach((to, from) -> leads.add(String.join(", ", from) + " → `" + to + "`"));
      table
          .append("| ")
          .append(label.apply(trigger))
          .append(" | ")
          .append(String.join("; ", leads))
          .append(" | ")
          .append(meaning.apply(trigger))
          .append(" |\n");
    });
    return table.toString();
  }

  private static String name(@Nullable Enum<?> state) {
    return state == null ? OUTSIDE : state.name();
  }
}
