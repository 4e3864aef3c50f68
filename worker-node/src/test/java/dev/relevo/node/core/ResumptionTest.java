package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.ReplyRecord;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ResumptionTest {
  private static final RequestTraits PLAIN = new RequestTraits(true, null);
  private static final RequestTraits TOOLS = new RequestTraits(false, null);

  @ParameterizedTest
  @EnumSource(Failover.class)
  void startsPlainlyWhenNothingWasEmitted(Failover failover) {
    assertThat(Resumption.ways(new Transcript(), failover, PLAIN, true))
        .containsExactly(new Resumption.Plain());
  }

  @Test
  void continuesThenReplaysThenFails() {
    assertThat(Resumption.ways(text("Once upon"), Failover.SEAMLESS, PLAIN, true))
        .satisfiesExactly(
            way -> assertThat(way).isEqualTo(new Resumption.Continue("Once upon")),
            way -> assertThat(way).isEqualTo(new Resumption.Replay()),
            way -> assertThat(way).isInstanceOf(Resumption.Fail.class));
  }

  @Test
  void restartsInsteadOfFailingWhereTheJobAllowsIt() {
    assertThat(Resumption.ways(text("Once upon"), Failover.RESTART, PLAIN, false))
        .containsExactly(new Resumption.Replay(), new Resumption.Restart());
  }

  @Test
  void failsAtOnceWhereTheJobAllowsNoFailover() {
    assertThat(Resumption.ways(text("Once upon"), Failover.NONE, PLAIN, true))
        .satisfiesExactly(way -> assertThat(way).isInstanceOf(Resumption.Fail.class));
  }

  @Test
  void doesNotContinueWithToolsOrStructuredOutput() {
    assertThat(Resumption.ways(text("Once"), Failover.RESTART, TOOLS, true))
        .containsExactly(new Resumption.Replay(), new Resumption.Restart());
  }

  @Test
  void doesNotContinueBareThinking() {
    Transcript given = new Transcript();
    given.add(0, Delta.reasoning("hm"));

    assertThat(Resumption.ways(given, Failover.RESTART, PLAIN, true))
        .containsExactly(new Resumption.Replay(), new Resumption.Restart());
  }

  @Test
  void onlyRestartsWhatIsMoreThanOneText() {
    Transcript toolCall = new Transcript();
    toolCall.add(
        0, new Delta(null, null, null, List.of(new Delta.ToolCall(0, "id", "function", null))));
    Transcript twoAnswers = text("one");
    twoAnswers.add(1, Delta.text("two"));
    Transcript tooLong = text("x".repeat(Transcript.MAX_LENGTH));
    tooLong.add(0, Delta.text("y"));

    for (Transcript given : List.of(toolCall, twoAnswers, tooLong)) {
      assertThat(Resumption.ways(given, Failover.RESTART, PLAIN, true))
          .containsExactly(new Resumption.Restart());
      assertThat(Resumption.ways(given, Failover.SEAMLESS, PLAIN, true))
          .satisfiesExactly(way -> assertThat(way).isInstanceOf(Resumption.Fail.class));
    }
  }

  @Test
  void reportsHowAStreamHadEnded() {
    assertThat(ended(new ReplyRecord.Done(3, FinishReason.STOP, null, "backend", "model", 1)))
        .isEqualTo(new AttemptEnd.Succeeded(null, "backend", "model"));
    assertThat(ended(new ReplyRecord.Cancelled("enough")).outcome())
        .isEqualTo(AttemptOutcome.CANCELLED);
    assertThat(ended(new ReplyRecord.Failed("deadline_exceeded", "late", 1)).outcome())
        .isEqualTo(AttemptOutcome.EXPIRED);
    AttemptEnd failed = ended(new ReplyRecord.Failed("invalid_request", "no", 1));
    assertThat(failed.failure().code()).isEqualTo("invalid_request");
    assertThat(failed.failure().retryable()).isFalse();
    assertThat(Given.nothing().ended()).isNull();
  }

  private static AttemptEnd ended(ReplyRecord end) {
    return new Given(new Transcript(), 0, end).ended();
  }

  private static Transcript text(String text) {
    Transcript given = new Transcript();
    given.add(0, Delta.text(text));
    return given;
  }
}
