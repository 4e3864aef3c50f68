package dev.relevo.launcher;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;

/**
 * Ctrl-C (SIGINT) and SIGTERM. The first asks for an orderly end, a second one ends the process at
 * once. A shutdown hook could do the first only: while hooks run, the JVM is deaf to signals.
 */
final class StopSignal {
  /** How the process was asked to stop, and the exit code after an orderly end. */
  enum Kind {
    CTRL_C("INT", ExitCode.INTERRUPTED),
    TERMINATE("TERM", ExitCode.DONE);

    private final String signal;
    private final int exitCode;

    Kind(String signal, int exitCode) {
      this.signal = signal;
      this.exitCode = exitCode;
    }

    int exitCode() {
      return exitCode;
    }
  }

  private static final int AT_ONCE = 130;

  private final CompletableFuture<Kind> asked = new CompletableFuture<>();
  private final Runnable atOnce;

  StopSignal(Runnable atOnce) {
    this.atOnce = atOnce;
  }

  /** Listens for this process's signals from now on. */
  static StopSignal ofProcess() {
    StopSignal signal = new StopSignal(() -> Runtime.getRuntime().halt(AT_ONCE));
    for (Kind kind : Kind.values()) {
      handle(kind.signal, () -> signal.raise(kind));
    }
    return signal;
  }

  /** Ends with the first signal. */
  CompletableFuture<Kind> asked() {
    return asked;
  }

  void raise(Kind kind) {
    if (!asked.complete(kind)) {
      atOnce.run();
    }
  }

  /**
   * There is no supported way to hear of signals, and javac warns of this one in a way that cannot
   * be suppressed; hence by reflection. On a JVM without it, Ctrl-C ends the process at once.
   */
  private static void handle(String name, Runnable action) {
    try {
      Class<?> signalClass = Class.forName("sun.misc.Signal");
      Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
      InvocationHandler handler =
          (proxy, method, arguments) -> {
            if (method.getDeclaringClass() == Object.class) {
              return method.invoke(action, arguments);
            }
            action.run();
            return null;
          };
      Object proxy =
          Proxy.newProxyInstance(
              StopSignal.class.getClassLoader(), new Class<?>[] {handlerClass}, handler);
      signalClass
          .getMethod("handle", signalClass, handlerClass)
          .invoke(null, signalClass.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot listen for the signal " + name, e);
    }
  }
}
