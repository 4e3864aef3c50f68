package dev.relevo.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.relevo.node.backend.Fault;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.backend.WorkerInfo;
import dev.relevo.node.core.BackendBoard;
import dev.relevo.node.core.BackendPolicy;
import dev.relevo.node.core.BackendStrategy;
import dev.relevo.node.core.CallReport;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

@Isolated("it looks at all that nodes log")
class BreakerNewsTest {
  private static final String NODE = "breaker-news";
  private static final WorkerInfo INFO =
      new WorkerInfo("gpu", "fake", List.of("m"), new WorkerInfo.Capabilities(true), 1);

  private final Logger log = (Logger) LoggerFactory.getLogger(Story.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final BackendBoard board = new BackendBoard(BackendStrategy.LOCAL_FIRST, new Random(1));
  private final BreakerNews news = new BreakerNews(new Story(NODE));
  private long nowNanos;

  @BeforeEach
  void listen() {
    lines.start();
    log.setLevel(Level.INFO);
    log.addAppender(lines);
    board.add(INFO, 10, BackendPolicy.DEFAULT);
    var _ = board.checked(INFO, WorkerHealth.AVAILABLE, nowNanos);
  }

  @AfterEach
  void listenNoMore() {
    log.detachAppender(lines);
    log.setLevel(null);
  }

  @Test
  void tellsEachChangeOnceAndNothingElse() {
    tell();
    assertThat(told()).isEmpty();

    calls(BackendPolicy.DEFAULT.breaker().minimumCalls(), CallReport.failed(Fault.SERVER, null));
    tell();
    nowNanos += BackendPolicy.DEFAULT.breaker().open().toNanos();
    tell();
    calls(BackendPolicy.DEFAULT.breaker().halfOpenCalls(), CallReport.WELL);
    tell();

    assertThat(told())
        .containsExactly(
            "INFO breaker=OPEN The circuit breaker of backend gpu is OPEN: too many of its last"
                + " calls failed, it is given nothing for a while",
            "INFO breaker=HALF_OPEN The circuit breaker of backend gpu is HALF_OPEN: a few calls"
                + " show whether it is well again",
            "INFO breaker=CLOSED The circuit breaker of backend gpu is CLOSED: it is well again");
  }

  private void tell() {
    news.tell(board.view(nowNanos));
    news.tell(board.view(nowNanos));
  }

  private void calls(int number, CallReport report) {
    for (int i = 0; i < number; i++) {
      board.ended(board.take("gpu", 1, nowNanos), report, nowNanos);
    }
  }

  /** Other nodes of this JVM may tell their own meanwhile. */
  private List<String> told() {
    return lines.list.stream()
        .filter(line -> fields(line).contains("node=" + NODE + " backend=gpu "))
        .map(line ->
            line.getLevel()
                + fields(line).substring(("node=" + NODE + " backend=gpu").length())
                + line.getFormattedMessage())
        .toList();
  }

  private static String fields(ILoggingEvent line) {
    return line.getKeyValuePairs() == null
        ? ""
        : line.getKeyValuePairs().stream()
            .map(pair -> pair.key + "=" + pair.value + " ")
            .collect(Collectors.joining());
  }
}
