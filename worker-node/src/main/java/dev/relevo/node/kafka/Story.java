package dev.relevo.node.kafka;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.node.backend.WorkerHealth;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Tells in the log what a person asks for later: which backend was tried for which job, why it
 * failed, which one was used, and what became of backends. One line each, with what it is about as
 * fields; never a word of a prompt or an answer. What goes as it should is told only at DEBUG: one
 * line for each job would be most of the log.
 */
final class Story {
  private static final Logger LOG = LoggerFactory.getLogger(Story.class);

  private final String node;

  /**
   * @param node whose it is
   */
  Story(String node) {
    this.node = node;
  }

  void tries(Assignment attempt, String backend) {
    about(LOG.atDebug(), attempt, backend).log("Backend {} is tried", backend);
  }

  void failed(Assignment attempt, String backend, AttemptFailure failure, boolean begun) {
    about(LOG.atInfo(), attempt, backend)
        .addKeyValue("code", failure.code())
        .log(
            "Backend {} failed {}: {}",
            backend,
            begun ? "in the middle of the answer" : "before the first piece",
            failure.message());
  }

  /**
   * The answer is whole.
   *
   * @param failedBefore how many backends of this attempt failed
   */
  void used(Assignment attempt, String backend, int failedBefore) {
    boolean second = failedBefore > 0 || !attempt.first();
    about(second ? LOG.atInfo() : LOG.atDebug(), attempt, backend)
        .log(
            second ? "Backend {} was used after what failed before" : "Backend {} was used",
            backend);
  }

  /** The attempt gives the job back. */
  void ended(Assignment attempt, AttemptFailure failure) {
    about(LOG.atInfo(), attempt)
        .addKeyValue("code", failure.code())
        .log(
            failure.retryable()
                ? "The attempt failed, and another one may not: {}"
                : "The attempt failed for good: {}",
            failure.message());
  }

  /** A health check, or a call, has changed what a backend counts as. */
  void health(String backend, WorkerHealth health) {
    LOG.atInfo()
        .addKeyValue("node", node)
        .addKeyValue("backend", backend)
        .addKeyValue("health", health.status())
        .log(
            "Backend {} is {}{}",
            backend,
            health.status(),
            health.reason().isEmpty() ? "" : ": " + health.reason());
  }

  /**
   * A backend's circuit breaker has changed.
   *
   * @param state what it is now
   * @param why for people
   */
  void breaker(String backend, String state, String why) {
    LOG.atInfo()
        .addKeyValue("node", node)
        .addKeyValue("backend", backend)
        .addKeyValue("breaker", state)
        .log("The circuit breaker of backend {} is {}: {}", backend, state, why);
  }

  /** The node itself: it is ready, is asked to leave, hands over. */
  void node(String happened) {
    LOG.atInfo().addKeyValue("node", node).log("Node {} {}", node, happened);
  }

  private LoggingEventBuilder about(LoggingEventBuilder line, Assignment attempt, String backend) {
    return about(line, attempt).addKeyValue("backend", backend);
  }

  private LoggingEventBuilder about(LoggingEventBuilder line, Assignment attempt) {
    return line.addKeyValue("job", attempt.job())
        .addKeyValue("attempt", attempt.fence().toString())
        .addKeyValue("node", node);
  }
}
