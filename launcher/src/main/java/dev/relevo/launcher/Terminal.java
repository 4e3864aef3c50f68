package dev.relevo.launcher;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * All that a command has of the world around it.
 *
 * @param in standard input
 * @param out standard output: what was asked for and nothing else
 * @param err standard error: what people should know besides
 * @param environment the variables
 * @param stopSignal begins to listen for Ctrl-C and SIGTERM
 * @param interactive whether somebody sits there who can see a bar move and answer a question
 */
record Terminal(
    InputStream in,
    PrintStream out,
    PrintStream err,
    Map<String, String> environment,
    Supplier<StopSignal> stopSignal,
    BooleanSupplier interactive) {

  /** This process's own. Always UTF-8: answers have letters that a bare locale does not know. */
  static Terminal ofProcess() {
    return new Terminal(
        System.in,
        utf8(FileDescriptor.out),
        utf8(FileDescriptor.err),
        System.getenv(),
        StopSignal::ofProcess,
        Terminal::hasConsole);
  }

  /**
   * Whether standard output is known to be a file or a pipe; {@code ./relevo} tells by a system
   * property.
   */
  boolean outIsFile() {
    return System.getProperty("relevo.out", "").equals("file");
  }

  private static boolean hasConsole() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }
}
