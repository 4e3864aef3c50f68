package dev.relevo.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TemporaryBrokerTest {

  @Test
  void leavesNothingBehindAndCannotComeBack() throws Exception {
    TemporaryBroker broker = TemporaryBroker.launch();
    assertThat(broker.folder()).isNotEmptyDirectory();

    broker.close();
    broker.close();

    assertThat(broker.folder()).doesNotExist();
    assertThatThrownBy(broker::start).isInstanceOf(IllegalStateException.class);
  }
}
