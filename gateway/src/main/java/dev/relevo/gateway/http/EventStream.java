package dev.relevo.gateway.http;

import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events, each written and flushed at once. For one thread. Every method throws {@link
 * CallerGoneException} when the caller has gone. Texts must be without line breaks; JSON is.
 */
public final class EventStream implements AutoCloseable {
  private final OutputStream out;
  private final BooleanSupplier stopping;
  private final Runnable onFirst;
  private boolean any;

  /**
   * @param stopping whether the server ends it, and not the caller
   * @param onFirst told when the first event was written; comments are none
   */
  EventStream(OutputStream out, BooleanSupplier stopping, Runnable onFirst) {
    this.out = out;
    this.stopping = stopping;
    this.onFirst = onFirst;
  }

  /** A comment: readers ignore it, and lines stay open. */
  public void comment(String text) {
    write(": " + text + "\n\n", null);
  }

  /** How long a reader should wait before it connects again. */
  public void retry(Duration wait) {
    write("retry: " + wait.toMillis() + "\n\n", null);
  }

  /** An event without a name. */
  public void data(byte[] json) {
    write("data: ", json);
  }

  /** The same for a text. */
  public void data(String text) {
    data(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A named event that a reader can go on after. */
  public void event(String id, String name, byte[] json) {
    write("id: " + id + "\nevent: " + name + "\ndata: ", json);
  }

  /** The end of the answer. */
  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException | RuntimeException e) {
      throw gone(e);
    }
  }

  private void write(String head, byte @Nullable [] json) {
    byte[] first = head.getBytes(StandardCharsets.UTF_8);
    try {
      out.write(first);
      if (json != null) {
        out.write(json);
        out.write('\n');
        out.write('\n');
      }
      out.flush();
      if (json != null && !any) {
        any = true;
        onFirst.run();
      }
    } catch (IOException | RuntimeException e) {
      throw gone(e);
    }
  }

  private RuntimeException gone(Exception cause) {
    if (stopping.getAsBoolean()) {
      // He may go on elsewhere, so what he asked for must not end.
      return new CloseConnectionException("the server stops", cause);
    }
    return new CallerGoneException("the caller has gone: " + cause.getMessage(), cause);
  }
}
