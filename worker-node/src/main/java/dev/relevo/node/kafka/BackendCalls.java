package dev.relevo.node.kafka;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.node.backend.Cancellation;
import dev.relevo.node.backend.CompletionRequest;
import dev.relevo.node.backend.Worker;
import dev.relevo.node.core.AnswerStream;
import dev.relevo.node.core.CallEnd;
import dev.relevo.node.core.CallReport;
import dev.relevo.node.core.CourseStep;
import dev.relevo.node.core.RequestTraits;
import dev.relevo.node.core.Resumption;
import dev.relevo.node.core.Ticket;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The calls that one attempt makes, one after another, on its thread. */
final class BackendCalls {
  private final Attempt attempt;
  private final ReplyWriter replies;
  private final AttemptServices services;
  private final Cancellation cancellation;
  private final Set<String> called = new HashSet<>();
  private int failures;
  private @Nullable AnswerWriter answer;
  private @Nullable String backend;
  private @Nullable String model;

  BackendCalls(
      Attempt attempt, ReplyWriter replies, AttemptServices services, Cancellation cancellation) {
    this.attempt = attempt;
    this.replies = replies;
    this.services = services;
    this.cancellation = cancellation;
  }

  /** The backend that was called last, if one was. */
  @Nullable String backend() {
    return backend;
  }

  /** The model that was tried last; the assigned one before any was. */
  String model() {
    String last = model;
    return last == null ? attempt.assignment().model() : last;
  }

  /** Nothing that was called can be told of. */
  void forget() {
    backend = null;
    model = null;
  }

  /** Makes a call and writes what comes; its ticket is given back. */
  CallEnd run(CourseStep.Call call, ObjectNode request) throws InterruptedException {
    AnswerWriter writer = answerWriter(call.answer());
    writer.begin(call.way());
    backend = call.backend();
    model = call.model();
    services.pool().called(call.backend(), !called.add(call.backend() + " " + call.model()));
    services.story().tries(attempt.assignment(), call.backend());
    Worker worker = services.backends().worker(call.ticket());
    CallEnd end =
        new BackendCall(worker, call.ticket(), writer, attempt, services)
            .run(request(call, request), attempt.assignment().attempt());
    if (!(end instanceof CallEnd.Whole)) {
      writer.flush();
    }
    tell(call.backend(), end);
    return end;
  }

  private void tell(String name, CallEnd end) {
    if (end instanceof CallEnd.Broken broken) {
      services.story().failed(attempt.assignment(), name, broken.failure(), broken.emitted());
      failures++;
    } else if (end instanceof CallEnd.Whole) {
      services.story().used(attempt.assignment(), name, failures);
    }
  }

  /** A call that was to be made is not. */
  void giveBack(Ticket ticket) {
    var _ = services.backends().ended(ticket, CallReport.ENDED);
  }

  private AnswerWriter answerWriter(AnswerStream stream) {
    AnswerWriter writer = answer;
    if (writer == null) {
      writer = new AnswerWriter(stream, replies, services);
      answer = writer;
    }
    return writer;
  }

  private CompletionRequest request(CourseStep.Call call, ObjectNode body) {
    Assignment assignment = attempt.assignment();
    String prefix = call.way() instanceof Resumption.Continue go ? go.prefix() : null;
    return new CompletionRequest(
        prefix == null ? body : RequestTraits.of(body).continued(body, prefix),
        call.model(),
        prefix,
        Math.max(1, assignment.deadlineMs() - services.time().epochMs()),
        cancellation,
        news -> {
          if (services.board().told(call.ticket(), news, services.time().nowNanos())) {
            services.changed().run();
          }
        });
  }
}
