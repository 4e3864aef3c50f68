package dev.relevo.testkit;

import dev.relevo.node.backend.Completion;
import dev.relevo.node.backend.CompletionRequest;
import dev.relevo.node.backend.DeltaSink;
import dev.relevo.node.backend.Worker;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.backend.WorkerInfo;

/** The one backend of a node of a test house: it does what the script book says. */
final class ScriptedWorker implements Worker {
  static final String NAME = "scripted";
  private static final int PRIORITY = 10;

  private final String node;
  private final WorkerInfo info;
  private final ScriptBook book;
  private final RunningCall.Stage stage;

  ScriptedWorker(String node, HouseOptions options, ScriptBook book, RunningCall.Stage stage) {
    this.node = node;
    this.info =
        new WorkerInfo(
            NAME,
            NAME,
            options.models(node),
            new WorkerInfo.Capabilities(options.continuesAnswers()),
            1);
    this.book = book;
    this.stage = stage;
  }

  @Override
  public WorkerInfo info() {
    return info;
  }

  @Override
  public int priority() {
    return PRIORITY;
  }

  @Override
  public WorkerHealth healthCheck() {
    return WorkerHealth.AVAILABLE;
  }

  @Override
  public Completion streamCompletion(CompletionRequest request, DeltaSink sink)
      throws InterruptedException {
    return book.call(node, request, stage).play(sink);
  }

  @Override
  public void close() {
    book.closed(node);
  }
}
