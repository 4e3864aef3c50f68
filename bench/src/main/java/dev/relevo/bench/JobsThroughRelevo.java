package dev.relevo.bench;

import dev.relevo.client.ChatMessage;
import dev.relevo.client.JobClient;
import dev.relevo.client.JobClientOptions;
import dev.relevo.client.JobHandle;
import dev.relevo.client.JobRequest;
import dev.relevo.common.config.ReplyMode;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** Ours: a job through client, dispatcher and node, and the echo model's one piece back. */
final class JobsThroughRelevo implements Contender {
  private static final long TIMEOUT_SECONDS = 120;

  private final String name;
  private final JobClient client;
  private final JobRequest request;

  /**
   * @param text what every job says, and gets back
   */
  JobsThroughRelevo(String name, String bootstrap, String prefix, ReplyMode mode, String text) {
    this.name = name;
    this.client = JobClientOptions.to(bootstrap).prefix(prefix).replyMode(mode).connect();
    this.request =
        JobRequest.messages(List.of(ChatMessage.user(text))).model(BenchHouse.MODEL).build();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long firstAnswerNanos() {
    long startNanos = System.nanoTime();
    JobHandle job = client.submit(request);
    try (Stream<String> text = job.text()) {
      Iterator<String> pieces = text.iterator();
      String first = pieces.next();
      long nanos = System.nanoTime() - startNanos;
      if (first.isEmpty()) {
        throw new IllegalStateException("job " + job.id() + " was answered with nothing");
      }
      pieces.forEachRemaining(piece -> {});
      return nanos;
    }
  }

  @Override
  public long manyNanos(int requests, int inFlight) throws InterruptedException {
    Semaphore room = new Semaphore(inFlight);
    CountDownLatch ended = new CountDownLatch(requests);
    AtomicReference<Throwable> failed = new AtomicReference<>();
    long startNanos = System.nanoTime();
    for (int i = 0; i < requests; i++) {
      room.acquire();
      var _ =
          client
              .submit(request)
              .result()
              .whenComplete((result, failure) -> {
                if (failure != null) {
                  failed.set(failure);
                }
                room.release();
                ended.countDown();
              });
    }
    if (!ended.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          ended.getCount()
              + " of "
              + requests
              + " jobs had no answer after "
              + TIMEOUT_SECONDS
              + " s");
    }
    if (failed.get() != null) {
      throw new IllegalStateException("a job failed: " + failed.get().getMessage(), failed.get());
    }
    return System.nanoTime() - startNanos;
  }

  @Override
  public void close() {
    client.close();
  }
}
