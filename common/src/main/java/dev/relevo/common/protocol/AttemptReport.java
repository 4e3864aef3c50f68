package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * One attempt in a job's history, as its dead letter and its state tell it.
 *
 * @param fence the attempt's fence
 * @param node who had it
 * @param incarnation of the node's process
 * @param backend the backend that worked on it, if one did
 * @param model the model that was asked for
 * @param code why it ended, for programs
 * @param message why it ended, for people
 * @param assignedAtMs epoch milliseconds, on the dispatcher's clock
 * @param endedAtMs epoch milliseconds, on the dispatcher's clock
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AttemptReport(
    String fence,
    String node,
    String incarnation,
    @Nullable String backend,
    @Nullable String model,
    String code,
    String message,
    long assignedAtMs,
    long endedAtMs) {
  public AttemptReport {
    Require.text(fence, "attempts.fence");
    node = Require.cutName(node, "attempts.node");
    incarnation = Require.cutName(incarnation, "attempts.incarnation");
    backend = Require.cutNameOrNull(backend);
    model = Require.cutNameOrNull(model);
    code = Require.cutName(code, "attempts.code");
    message = Require.words(message, "attempts.message");
  }
}
