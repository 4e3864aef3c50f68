package dev.relevo.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** The same job as a stream of chat completions, through the gateway. */
final class JobsOverHttp implements Contender {
  private static final long TIMEOUT_SECONDS = 120;

  private final String name;
  private final int port;
  private final String text;
  private final Deque<HttpLine> lines = new ArrayDeque<>();

  /**
   * @param port of the gateway, on this machine
   * @param text what every job says, and gets back
   */
  JobsOverHttp(String name, int port, String text) throws IOException {
    this.name = name;
    this.port = port;
    this.text = text;
    lines.add(open());
  }

  private HttpLine open() throws IOException {
    return new HttpLine(port, BenchHouse.MODEL, text);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long firstAnswerNanos() {
    try {
      return lines.getFirst().firstAnswerNanos();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public long manyNanos(int requests, int inFlight) throws InterruptedException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      while (lines.size() < inFlight) {
        lines.add(open());
      }
      AtomicInteger left = new AtomicInteger(requests);
      List<Future<?>> working = new ArrayList<>();
      long startNanos = System.nanoTime();
      for (HttpLine line : lines.stream().limit(inFlight).toList()) {
        working.add(
            threads.submit(() -> {
              while (left.getAndDecrement() > 0) {
                line.firstAnswerNanos();
              }
              return null;
            }));
      }
      for (Future<?> work : working) {
        work.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      }
      return System.nanoTime() - startNanos;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("a request over HTTP failed: " + e, e);
    }
  }

  @Override
  public void close() {
    lines.forEach(HttpLine::close);
  }
}
