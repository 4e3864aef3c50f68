package dev.relevo.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.gateway.chat.RecentJobs.Standing;
import dev.relevo.gateway.chat.SubmittedJobs.Failure;
import org.junit.jupiter.api.Test;

class RecentJobsTest {
  private final RecentJobs recent = new RecentJobs();

  @Test
  void aJobIsSubmittedOnce() {
    assertThat(recent.of("a", 0)).isEqualTo(Standing.UNKNOWN);
    assertThat(recent.submit("a", 0)).isPresent();
    assertThat(recent.submit("a", 1)).isEmpty();
    assertThat(recent.of("a", 1)).isEqualTo(Standing.SUBMITTED);
  }

  @Test
  void oneThatKafkaDidNotConfirmMayBeSubmittedAgain() {
    recent.submit("a", 0);
    recent.doubt("a");

    assertThat(recent.of("a", 1)).isEqualTo(Standing.DOUBTFUL);
    assertThat(recent.submit("a", 1)).isPresent();
  }

  @Test
  void oneThatWasNotSentIsAsItWasBefore() {
    recent.withdraw("a", recent.submit("a", 0).orElseThrow());
    assertThat(recent.of("a", 1)).isEqualTo(Standing.UNKNOWN);

    recent.submit("a", 1);
    recent.doubt("a");
    recent.withdraw("a", recent.submit("a", 2).orElseThrow());
    assertThat(recent.of("a", 3)).as("the first may be there").isEqualTo(Standing.DOUBTFUL);
  }

  @Test
  void whoeverSubmittedItMeanwhileIsNotForgotten() {
    RecentJobs.Note refused = recent.submit("a", 0).orElseThrow();
    recent.withdraw("a", refused);
    recent.submit("a", 1);

    recent.withdraw("a", refused);

    assertThat(recent.of("a", 2)).isEqualTo(Standing.SUBMITTED);
  }

  @Test
  void howItEndedIsNotedOfThoseThatAreKnown() {
    Failure failure = new Failure("attempts_exhausted", "on fire");
    recent.submit("a", 0);
    recent.fail("a", failure);
    recent.fail("b", failure);

    assertThat(recent.failure("a")).isEqualTo(failure);
    assertThat(recent.failure("b")).isNull();
    assertThat(recent.of("a", 1)).isEqualTo(Standing.SUBMITTED);
  }

  @Test
  void whatIsLongAgoOrTooMuchIsForgotten() {
    recent.submit("a", 0);

    assertThat(recent.of("a", RecentJobs.KEPT.toMillis() + 1)).isEqualTo(Standing.UNKNOWN);
    for (int number = 0; number < RecentJobs.MOST; number++) {
      recent.submit("more-" + number, 1);
    }
    assertThat(recent.of("a", 1)).isEqualTo(Standing.UNKNOWN);
    assertThat(recent.of("more-0", 1)).isEqualTo(Standing.SUBMITTED);
  }
}
