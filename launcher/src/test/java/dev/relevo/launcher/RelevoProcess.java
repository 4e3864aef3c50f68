package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The packaged {@code ./relevo} as a process of its own, driven as a user would. */
public final class RelevoProcess implements AutoCloseable {
  private static final Path SCRIPT = Path.of("").toAbsolutePath().resolveSibling("relevo");

  /** Generous: several of these start at once on small machines. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** A shell's background job, as a build may be, hands its deafness to Ctrl-C down. */
  private static final List<String> CTRL_C_HEARD =
      Files.exists(Path.of("/proc/self")) ? List.of("env", "--default-signal=INT") : List.of();

  private record Line(boolean error, String text) {}

  private final String name;
  private final Process process;
  private final List<Line> lines = new ArrayList<>();
  private final List<Thread> readers = new ArrayList<>();

  private RelevoProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    readers.add(Thread.ofVirtual().start(() -> read(process.getInputStream(), false)));
    readers.add(Thread.ofVirtual().start(() -> read(process.getErrorStream(), true)));
  }

  /** Starts {@code ./relevo ARGUMENTS} in a folder. */
  static RelevoProcess start(Path folder, String... arguments) throws IOException {
    return start("-Xmx384m", Map.of(), folder, arguments);
  }

  /** The same, with more in its environment. */
  static RelevoProcess start(Path folder, Map<String, String> environment, String... arguments)
      throws IOException {
    return start("-Xmx384m", environment, folder, arguments);
  }

  private static RelevoProcess start(
      String heap, Map<String, String> environment, Path folder, String... arguments)
      throws IOException {
    assertThat(SCRIPT).isExecutable();
    List<String> command = new ArrayList<>(CTRL_C_HEARD);
    command.add(SCRIPT.toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    // The cache that the build made, if it did.
    builder.environment().put("RELEVO_AOT", "keep");
    builder.environment().put("RELEVO_JAVA_OPTS", heap + " -XX:TieredStopAtLevel=1");
    builder.environment().putAll(environment);
    return new RelevoProcess(String.join(" ", arguments), builder.start());
  }

  /** Runs it to its end. */
  static RelevoProcess run(Path folder, String... arguments) throws Exception {
    RelevoProcess process = start(folder, arguments);
    process.exitCode();
    return process;
  }

  /**
   * Runs it to its end with as little memory.
   *
   * @param heap Java's option for that
   */
  static RelevoProcess runSmall(String heap, Path folder, String... arguments) throws Exception {
    RelevoProcess process = start(heap, Map.of(), folder, arguments);
    process.exitCode();
    return process;
  }

  /** The line that says that it is ready. */
  public String ready() throws InterruptedException {
    return line("ready");
  }

  /** Waits for a line on standard output that begins like this. */
  String line(String prefix) throws InterruptedException {
    return line("'" + prefix + "'", false, text -> text.startsWith(prefix));
  }

  /** Waits for a line on standard error that begins like this. */
  String errLine(String prefix) throws InterruptedException {
    return line("'" + prefix + "'", true, text -> text.startsWith(prefix));
  }

  /** Waits for a line on standard error that has this in it. */
  String errLineWith(String words) throws InterruptedException {
    return line("line with '" + words + "'", true, text -> text.contains(words));
  }

  private synchronized String line(String what, boolean error, Predicate<String> wanted)
      throws InterruptedException {
    long untilNanos = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      for (Line line : lines) {
        if (line.error() == error && wanted.test(line.text())) {
          return line.text();
        }
      }
      long leftMs = TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime());
      if (leftMs <= 0 || (!process.isAlive() && readers.stream().noneMatch(Thread::isAlive))) {
        throw new AssertionError("relevo " + name + " printed no " + what + ":\n" + everything());
      }
      wait(Math.min(leftMs, 200));
    }
  }

  /** Waits for its end. */
  public int exitCode() throws InterruptedException {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("relevo " + name + " did not end:\n" + everything());
    }
    for (Thread reader : readers) {
      reader.join(PATIENCE);
    }
    return process.exitValue();
  }

  /** Ctrl-C. */
  void interrupt() throws Exception {
    signal("INT");
  }

  /** What a service manager sends. */
  public void terminate() throws Exception {
    signal("TERM");
  }

  /** {@code kill -9}. */
  public void kill() throws Exception {
    signal("KILL");
    exitCode();
  }

  /** Stands still, as if its machine slept; nobody is told. */
  public void freeze() throws Exception {
    signal("STOP");
  }

  /** Goes on after {@link #freeze}, knowing nothing of it. */
  public void thaw() throws Exception {
    signal("CONT");
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  synchronized String out() {
    return text(false);
  }

  synchronized String err() {
    return text(true);
  }

  /** Ends it whatever it does. */
  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }

  private void signal(String kind) throws Exception {
    Process kill =
        new ProcessBuilder("kill", "-" + kind, Long.toString(process.pid())).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }

  private void read(InputStream stream, boolean error) {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        add(new Line(error, line));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private synchronized void add(Line line) {
    lines.add(line);
    notifyAll();
  }

  private String text(boolean error) {
    return lines.stream()
        .filter(line -> line.error() == error)
        .map(Line::text)
        .collect(Collectors.joining("\n"));
  }

  /** All that it has printed, in order. */
  public synchronized String everything() {
    return lines.stream().map(Line::text).collect(Collectors.joining("\n"));
  }

  /** A settings file whose only backend is the echo model. */
  static Path echoSettings(Path folder, String node) throws IOException {
    return Files.writeString(
        folder.resolve(node + ".yaml"),
        """
        node:
          id: %s
          heartbeat-interval: 500ms
          backends:
            - type: echo
        """
            .formatted(node));
  }
}
