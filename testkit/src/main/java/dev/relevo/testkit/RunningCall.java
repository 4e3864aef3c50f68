package dev.relevo.testkit;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import dev.relevo.node.backend.Completion;
import dev.relevo.node.backend.CompletionRequest;
import dev.relevo.node.backend.DeltaSink;
import dev.relevo.node.backend.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A call of a node, played on the node's own thread. All its waiting is bounded by the time the job
 * has, and ends at once when the node cancels, the node dies or the test ends.
 */
final class RunningCall {
  static final String UNSCRIPTED = "unscripted_model";

  private final String node;
  private final CompletionRequest request;
  private final Step step;
  private final Stage stage;
  private final long endNanos;
  private final CompletableFuture<Completion> interruption = new CompletableFuture<>();
  private final List<Delta> given = new ArrayList<>();
  private ModelCall.State state = ModelCall.State.RUNNING;
  private String outcome = "";

  /**
   * @param stage what is around it
   */
  RunningCall(String node, CompletionRequest request, Step step, Stage stage) {
    this.node = node;
    this.request = request;
    this.step = step;
    this.stage = stage;
    this.endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(request.timeoutMs());
  }

  /** What a call needs of the house. */
  interface Stage {
    /** How long a call is held before the test is taken to have forgotten it. */
    Duration patience();

    /** Something about a call has changed. */
    void changed();

    /** A call of a node fails. */
    void fails(String node, Failure failure);

    /** Kills a node, without waiting. */
    void kill(String node);
  }

  String node() {
    return node;
  }

  String model() {
    return request.model();
  }

  /** Ends it early; the first ending counts. */
  void interrupt(Completion ending) {
    interruption.complete(ending);
  }

  synchronized ModelCall view() {
    return new ModelCall(node, model(), request.body(), request.prefix(), given, state, outcome);
  }

  Completion play(DeltaSink sink) throws InterruptedException {
    request
        .cancellation()
        .onCancel(() ->
            interrupt(new Completion.Cancelled(String.valueOf(request.cancellation().reason()))));
    String how = "the node wanted no more of it";
    try {
      Completion completion = script(sink);
      how = words(completion);
      return completion;
    } finally {
      set(ModelCall.State.ENDED, how);
    }
  }

  private Completion script(DeltaSink sink) throws InterruptedException {
    List<Step.Piece> pieces;
    try {
      pieces = step.pieces(view());
    } catch (RuntimeException e) {
      return Completion.failed(
          Fault.CALLER,
          FailureCodes.INVALID_REQUEST,
          "the function that makes the answer threw " + e);
    }
    int skip = charactersToSkip(pieces);
    for (int number = 0; number <= pieces.size(); number++) {
      boolean last = number == pieces.size();
      String text = last ? null : pieces.get(number).delta().content();
      int length = text == null ? 0 : text.length();
      if (skip > 0 && !last && length <= skip) {
        skip -= length;
        continue;
      }
      Completion early = act(number, last);
      if (early != null) {
        return early;
      }
      if (!last) {
        give(sink, pieces.get(number).index(), rest(pieces.get(number).delta(), skip));
        skip = 0;
      }
    }
    return finished(pieces);
  }

  private @Nullable Completion act(int number, boolean last) throws InterruptedException {
    Completion early = last ? null : pause(step.pace());
    for (Action.At at : step.actions()) {
      if (early == null && (at.chunk() == number || (last && at.chunk() > number))) {
        early =
            switch (at.action()) {
              case Action.Pause pause -> pause(pause.length());
              case Action.Hold hold -> hold(hold.gate(), number);
              case Action.Fail fail -> fail(fail.failure());
              case Action.Silence _ -> silence();
              case Action.KillNode _ -> killNode();
            };
      }
    }
    return early == null ? interruption.getNow(null) : early;
  }

  private void give(DeltaSink sink, int index, Delta piece) throws InterruptedException {
    synchronized (this) {
      given.add(piece);
    }
    sink.accept(index, piece);
    stage.changed();
  }

  /** Waits that long, unless it is interrupted. */
  private @Nullable Completion pause(Duration length) throws InterruptedException {
    if (!length.isPositive()) {
      return null;
    }
    long leftNanos = leftNanos();
    Completion early = await(interruption, Math.min(length.toNanos(), leftNanos));
    return early == null && leftNanos <= length.toNanos() ? late() : early;
  }

  private @Nullable Completion hold(Gate gate, int number) throws InterruptedException {
    CompletableFuture<@Nullable Void> opened = gate.opened();
    if (opened.isDone()) {
      return null;
    }
    set(ModelCall.State.HELD, "");
    long patienceNanos = stage.patience().toNanos();
    CompletableFuture<@Nullable Completion> next =
        interruption.<@Nullable Completion>thenApply(ending -> ending);
    var _ = opened.whenComplete((done, failure) -> next.complete(null));
    Completion early = await(next, Math.min(patienceNanos, leftNanos()));
    if (!next.isDone() && leftNanos() <= 0) {
      return late();
    }
    if (!next.isDone()) {
      return Completion.failed(
          Fault.OUT_OF_TIME,
          FailureCodes.DEADLINE_EXCEEDED,
          "held at chunk %d for %d s, and nobody called model(\"%s\").release()"
              .formatted(number, stage.patience().toSeconds(), model()));
    }
    set(ModelCall.State.RUNNING, "");
    return early;
  }

  private Completion fail(Failure failure) {
    stage.fails(node, failure);
    return failure.completion();
  }

  private Completion silence() throws InterruptedException {
    Completion early = await(interruption, leftNanos());
    return early == null ? late() : early;
  }

  private Completion killNode() throws InterruptedException {
    stage.kill(node);
    return silence();
  }

  private static <T> @Nullable T await(CompletableFuture<T> future, long nanos)
      throws InterruptedException {
    try {
      return future.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return null;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private long leftNanos() {
    return endNanos - System.nanoTime();
  }

  private static Completion late() {
    return Completion.failed(
        Fault.OUT_OF_TIME,
        FailureCodes.DEADLINE_EXCEEDED,
        "the scripted model had not finished when the job's time was over");
  }

  private Completion finished(List<Step.Piece> pieces) {
    Usage usage = step.usage();
    FinishReason reason = step.finish();
    if (reason == null) {
      reason = step.callsTools() ? FinishReason.TOOL_CALLS : FinishReason.STOP;
    }
    return new Completion.Finished(
        reason,
        usage == null
            ? new Usage(Step.words(ModelCall.question(request.body())).size(), pieces.size())
            : usage,
        model());
  }

  /** How much of what it says is there already; nothing if it says something else. */
  private int charactersToSkip(List<Step.Piece> pieces) {
    String prefix = request.prefix();
    StringBuilder whole = new StringBuilder();
    for (Step.Piece piece : pieces) {
      String content = piece.delta().content();
      whole.append(content == null || piece.index() > 0 ? "" : content);
    }
    return prefix != null && whole.toString().startsWith(prefix) ? prefix.length() : 0;
  }

  private static Delta rest(Delta piece, int skip) {
    String content = piece.content();
    return skip == 0 || content == null ? piece : Delta.text(content.substring(skip));
  }

  private void set(ModelCall.State state, String outcome) {
    synchronized (this) {
      this.state = state;
      this.outcome = outcome;
    }
    stage.changed();
  }

  private static String words(Completion completion) {
    return switch (completion) {
      case Completion.Finished finished -> "finished (" + finished.reason() + ")";
      case Completion.Failed failed ->
          "failed (%s%s): %s"
              .formatted(
                  failed.failure().code(),
                  failed.failure().retryable() ? ", retryable" : "",
                  failed.failure().message());
      case Completion.Cancelled cancelled -> "cancelled: " + cancelled.reason();
    };
  }
}
