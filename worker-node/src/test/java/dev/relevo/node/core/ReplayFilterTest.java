package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Delta;
import dev.relevo.node.core.ReplayFilter.Step;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplayFilterTest {
  @Test
  void holdsBackWhatRepeatsAndLetsTheRestPass() {
    ReplayFilter filter = filter(null, "Hello wor");

    assertThat(filter.next(0, Delta.text("Hel"))).isEqualTo(new Step.Repeated());
    assertThat(filter.next(0, Delta.text("lo w"))).isEqualTo(new Step.Repeated());
    assertThat(filter.isRepeated()).isFalse();
    assertThat(filter.next(0, Delta.text("orld, "))).isEqualTo(new Step.New(Delta.text("ld, ")));
    assertThat(filter.isRepeated()).isTrue();
    assertThat(filter.next(0, Delta.text("friend"))).isEqualTo(new Step.New(Delta.text("friend")));
  }

  @Test
  void seesWhereTheTextsPart() {
    ReplayFilter filter = filter(null, "Hello wor");
    filter.next(0, Delta.text("Hello"));

    assertThat(filter.next(0, Delta.text(" there"))).isEqualTo(new Step.Parted());
  }

  @Test
  void comparesThinkingApartFromText() {
    ReplayFilter filter = filter("let me see", "Yes");

    assertThat(filter.next(0, Delta.reasoning("let me "))).isEqualTo(new Step.Repeated());
    assertThat(filter.next(0, Delta.reasoning("see"))).isEqualTo(new Step.Repeated());
    assertThat(filter.next(0, Delta.text("Yes"))).isEqualTo(new Step.Repeated());
    assertThat(filter.next(0, Delta.text("!"))).isEqualTo(new Step.New(Delta.text("!")));
  }

  @Test
  void goesOnThinkingWhereOnlyThinkingWasGiven() {
    ReplayFilter filter = filter("let me", null);

    assertThat(filter.next(0, Delta.reasoning("let me see")))
        .isEqualTo(new Step.New(Delta.reasoning(" see")));
    assertThat(filter.next(0, Delta.text("Yes"))).isEqualTo(new Step.New(Delta.text("Yes")));
  }

  @Test
  void partsWhenThinkingEndsSoonerOrGoesFurther() {
    ReplayFilter sooner = filter("let me see", "");
    sooner.next(0, Delta.reasoning("let me"));
    assertThat(sooner.next(0, Delta.text("Yes"))).isEqualTo(new Step.Parted());

    ReplayFilter further = filter("let me", "Yes");
    assertThat(further.next(0, Delta.reasoning("let me see"))).isEqualTo(new Step.Parted());
  }

  @Test
  void partsWhenSomethingElseThanTextComesTooEarly() {
    Delta call = new Delta(null, null, null, List.of(new Delta.ToolCall(0, "a", "function", null)));
    ReplayFilter early = filter(null, "Hello");
    early.next(0, Delta.text("Hel"));
    assertThat(early.next(0, call)).isEqualTo(new Step.Parted());

    ReplayFilter late = filter(null, "Hello");
    late.next(0, Delta.text("Hello"));
    assertThat(late.next(0, call)).isEqualTo(new Step.New(call));
  }

  private static ReplayFilter filter(String reasoning, String content) {
    Transcript given = new Transcript();
    given.add(0, new Delta(content, reasoning, null, List.of()));
    return new ReplayFilter(given);
  }
}
