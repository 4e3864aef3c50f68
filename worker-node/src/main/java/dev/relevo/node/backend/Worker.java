package dev.relevo.node.backend;

/**
 * One model backend, as a node sees it: what it is, how it is, an answer, and no more. Adapters are
 * found by the name of their type through {@link WorkerFactory}. All methods may be called from
 * many threads at once; calls block, on virtual threads.
 */
public interface Worker extends AutoCloseable {

  /** What it is and what it can do, as known now; costs nothing. */
  WorkerInfo info();

  /**
   * Whether it goes on with an answer of a model that another backend began; costs nothing.
   *
   * @param model in the words of {@link WorkerInfo#models}
   */
  default boolean continuesPrefix(String model) {
    return info().capabilities().continuesPrefix();
  }

  /** Lower is preferred: local 10, cheap cloud 50, dear cloud 100. */
  int priority();

  /**
   * Asks the backend how it is, and which models it has; what {@link #info} tells is renewed by it.
   * Bounded by the health check's timeout.
   *
   * @throws InterruptedException if the thread is interrupted meanwhile
   */
  WorkerHealth healthCheck() throws InterruptedException;

  /**
   * Runs a request and hands over what comes, piece by piece. An answer of which the backend does
   * not say itself that it is whole has failed. What a backend does wrong is a {@link
   * Completion.Failed}, never an exception; its message names the backend and shows no key; an
   * exception that {@code sink} throws ends the call to the backend and is passed on.
   *
   * @param request what to run; its cancellation closes the connection to the backend, which stops
   *     generating
   * @param sink takes every delta in order, on the calling thread
   * @return the one terminal of the stream
   * @throws InterruptedException if the thread is interrupted meanwhile; the backend call is ended
   */
  Completion streamCompletion(CompletionRequest request, DeltaSink sink)
      throws InterruptedException;

  /** Gives connections back. Running completions end as failed. */
  @Override
  void close();
}
