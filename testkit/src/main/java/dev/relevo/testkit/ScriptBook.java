package dev.relevo.testkit;

import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.node.backend.Completion;
import dev.relevo.node.backend.CompletionRequest;
import dev.relevo.node.backend.Fault;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The scripts of all models of a house, who wrote them, and the calls that were made. Whoever owns
 * a script is the only one to change it, so that test classes that share a house notice when they
 * have chosen the same name. Thread-safe: tests write, nodes' threads call.
 */
final class ScriptBook {
  /** The model that answers for all that have no script. */
  static final String ANY_MODEL = "*";

  /** Calls that are remembered; the oldest go first. */
  private static final int MAX_CALLS = 10_000;

  private static final Completion TEST_OVER =
      Completion.failed(
          Fault.CALLER, FailureCodes.BACKEND_ERROR, "the test that scripted this answer is over");

  private final Map<String, Scripted> models = new TreeMap<>();

  /** Whoever scripted a model last, also when the script is gone. */
  private final Map<String, String> owners = new HashMap<>();

  private final Deque<RunningCall> calls = new ArrayDeque<>();

  /** A model with a script. */
  private static final class Scripted {
    final String owner;
    List<Step> steps;
    int next;

    Scripted(String owner, List<Step> steps) {
      this.owner = owner;
      this.steps = steps;
    }
  }

  /**
   * Gives a model another script, from its beginning.
   *
   * @throws IllegalStateException if another owner has one for it
   */
  synchronized void write(String owner, String model, List<Step> steps) {
    requireFree(owner, model);
    models.put(model, new Scripted(owner, steps));
    owners.put(model, owner);
  }

  private void requireFree(String owner, String model) {
    Scripted scripted = models.get(model);
    if (scripted != null && !scripted.owner.equals(owner)) {
      throw new IllegalStateException(
          "Model '%s' of the shared house is scripted by %s: give each test class models of its own names"
              .formatted(model, scripted.owner));
    }
  }

  /** The scripts of an owner, to come back to. */
  synchronized Map<String, List<Step>> scripts(String owner) {
    Map<String, List<Step>> scripts = new HashMap<>();
    models.forEach((model, scripted) -> {
      if (scripted.owner.equals(owner)) {
        scripts.put(model, scripted.steps);
      }
    });
    return scripts;
  }

  /**
   * Ends a test: its owner's scripts are as given, from their beginnings, and nothing of it runs
   * any more or is remembered.
   */
  void restore(String owner, Map<String, List<Step>> scripts) {
    List<RunningCall> over = new ArrayList<>();
    synchronized (this) {
      calls.removeIf(call -> {
        boolean its = concerns(owner, call.model());
        if (its) {
          over.add(call);
        }
        return its;
      });
      models.values().removeIf(scripted -> scripted.owner.equals(owner));
      scripts.forEach((model, steps) -> models.put(model, new Scripted(owner, steps)));
    }
    over.forEach(call -> call.interrupt(TEST_OVER));
    scripts.values().forEach(steps -> gates(steps).forEach(Gate::close));
  }

  /** Opens all gates of a model. */
  void release(String model) {
    List<Step> steps;
    synchronized (this) {
      Scripted scripted = models.get(model);
      steps = scripted == null ? List.of() : scripted.steps;
    }
    gates(steps).forEach(Gate::open);
  }

  private static List<Gate> gates(List<Step> steps) {
    return steps.stream().flatMap(step -> step.gates().stream()).toList();
  }

  /** A node calls: notes it, and takes the model's next step. */
  synchronized RunningCall call(String node, CompletionRequest request, RunningCall.Stage stage) {
    RunningCall call = new RunningCall(node, request, step(request.model()), stage);
    calls.addLast(call);
    if (calls.size() > MAX_CALLS) {
      calls.removeFirst();
    }
    notifyAll();
    return call;
  }

  private Step step(String model) {
    Scripted scripted = scriptedFor(model);
    if (scripted == null) {
      return Step.saying().with(new Action.At(0, "fails", new Action.Fail(unscripted(model))));
    }
    Step step = scripted.steps.get(scripted.next);
    scripted.next = Math.min(scripted.next + 1, scripted.steps.size() - 1);
    return step;
  }

  private @Nullable Scripted scriptedFor(String model) {
    Scripted own = models.get(model);
    return own == null ? models.get(ANY_MODEL) : own;
  }

  private Failure unscripted(String model) {
    String others =
        models.isEmpty()
            ? "no model is"
            : models.keySet().stream().collect(Collectors.joining("', '", "only '", "' is"));
    return new Failure(
        Fault.CALLER,
        RunningCall.UNSCRIPTED,
        "Model '%s' is not scripted, %s: call model(\"%s\").answers(…) before the job is sent"
            .formatted(model, others, model),
        null);
  }

  /** Ends the running calls of a node as a backend's end would. */
  void closed(String node) {
    List<RunningCall> its;
    synchronized (this) {
      its = calls.stream().filter(call -> call.node().equals(node)).toList();
    }
    Completion ending =
        Completion.failed(Fault.OWN, FailureCodes.BACKEND_ERROR, "node " + node + " was stopped");
    its.forEach(call -> call.interrupt(ending));
  }

  synchronized void changed() {
    notifyAll();
  }

  /** The calls since the test began, oldest first. */
  synchronized List<ModelCall> calls(Predicate<ModelCall> wanted) {
    return calls.stream().map(RunningCall::view).filter(wanted).toList();
  }

  /**
   * Waits for a number of calls.
   *
   * @param complaint what to say if they do not come
   * @throws AssertionError if they do not come in time
   */
  List<ModelCall> await(
      Predicate<ModelCall> wanted, int count, Duration patience, Supplier<String> complaint) {
    long endNanos = System.nanoTime() + patience.toNanos();
    synchronized (this) {
      List<ModelCall> found = calls(wanted);
      long leftMs = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
      while (found.size() < count && leftMs > 0) {
        try {
          wait(leftMs);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("interrupted while waiting for a call", e);
        }
        found = calls(wanted);
        leftMs = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
      }
      if (found.size() >= count) {
        return found;
      }
    }
    throw new AssertionError(complaint.get());
  }

  /** Whether a model is the owner's, or nobody's. */
  synchronized boolean concerns(String owner, @Nullable String model) {
    return owner.equals(owners.getOrDefault(model, owner));
  }
}
