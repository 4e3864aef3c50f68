package dev.relevo.launcher;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A terminal in memory, with a keyboard for signals. */
final class TestTerminal {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Map<String, String> environment = new HashMap<>();
  private final AtomicInteger stopsAtOnce = new AtomicInteger();
  private final StopSignal signal = new StopSignal(stopsAtOnce::incrementAndGet);
  private InputStream input = InputStream.nullInputStream();
  private boolean interactive;

  TestTerminal with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  TestTerminal typing(String text) {
    return typing(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Types as slowly as the stream comes. */
  TestTerminal typing(InputStream keys) {
    input = keys;
    return this;
  }

  /** Somebody sits there. */
  TestTerminal interactive() {
    interactive = true;
    return this;
  }

  int run(String... arguments) {
    return Relevo.run(terminal(), arguments);
  }

  Terminal terminal() {
    return new Terminal(
        input,
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        environment,
        () -> signal,
        () -> interactive);
  }

  String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  StopSignal signal() {
    return signal;
  }

  int stopsAtOnce() {
    return stopsAtOnce.get();
  }
}
