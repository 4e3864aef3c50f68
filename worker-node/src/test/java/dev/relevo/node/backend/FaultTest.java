package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.AttemptFailure;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FaultTest {
  @ParameterizedTest
  @EnumSource
  void whatMayBeAskedAgainMayBeAskedElsewhereAndThatOfAnotherModel(Fault fault) {
    assertThat(!fault.again() || fault.elsewhere()).isTrue();
    assertThat(!fault.elsewhere() || fault.otherModel()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void aFailureSaysWhatItsKindAllows(Fault fault) {
    Completion.Failed failed = Completion.failed(fault, "code", "words", 5L);
    assertThat(failed.failure())
        .isEqualTo(new AttemptFailure("code", "words", fault.elsewhere(), 5L));

    AttemptFailure other = new AttemptFailure("code", "words", !fault.elsewhere(), null);
    assertThatThrownBy(() -> new Completion.Failed(other, fault))
        .hasMessageContaining(fault.name());
  }
}
