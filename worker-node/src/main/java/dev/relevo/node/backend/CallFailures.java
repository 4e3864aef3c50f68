package dev.relevo.node.backend;

import dev.relevo.common.config.TimeoutSettings;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.node.backend.HttpBackend.Stage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Says in words for people, and in codes for programs, why a call to a server broke. */
final class CallFailures {
  private final ServerName server;
  private final TimeoutSettings timeouts;
  private volatile boolean closed;

  CallFailures(ServerName server, TimeoutSettings timeouts) {
    this.server = server;
    this.timeouts = timeouts;
  }

  /** From now on it is our side that breaks calls. */
  void closed() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  /** Why a question was not answered. */
  String unanswered(IOException e) {
    if (closed) {
      return server + " is closed: the node is stopping";
    }
    if (e instanceof InterruptedIOException && !isConnect(e)) {
      return server + " does not answer in time: it is overloaded, or not what base-url says";
    }
    return transport(e);
  }

  /** The failure of an attempt whose call broke. */
  Completion.Failed broken(IOException e, Stage stage, long timeoutMs) {
    if (closed) {
      return failed(Fault.OWN, server + " was closed while it answered: the node is stopping");
    }
    if (e instanceof CutStreamException) {
      return failed(Fault.CUT, server + " " + e.getMessage());
    }
    if (e instanceof MalformedStreamException) {
      return failed(Fault.MALFORMED, server + " " + e.getMessage());
    }
    if (e instanceof InterruptedIOException && !isConnect(e)) {
      return outOfTime(timeoutMs);
    }
    return stage == Stage.ASKED
        ? failed(Fault.UNREACHABLE, transport(e))
        : failed(Fault.CUT, server + " broke off its answer: " + reason(e));
  }

  /** The failure of an attempt whose call brought no piece for too long. */
  Completion.Failed silent(Stage stage) {
    return failed(
        Fault.SILENT,
        switch (stage) {
          case ASKED, SILENT ->
              server
                  + " sent nothing for "
                  + text(timeouts.firstToken())
                  + " (timeouts.first-token): it may be loading the model";
          case WAITING ->
              server
                  + " sent signs of life but no piece of an answer for "
                  + text(timeouts.firstToken())
                  + " (timeouts.first-token): a long prompt may need more time";
          case ANSWERING ->
              server
                  + " sent nothing more of its answer for "
                  + text(timeouts.idle())
                  + " (timeouts.idle)";
        });
  }

  private Completion.Failed outOfTime(long timeoutMs) {
    if (timeoutMs <= timeouts.total().toMillis()) {
      return Completion.failed(
          Fault.OUT_OF_TIME,
          FailureCodes.DEADLINE_EXCEEDED,
          server + " had not finished when the job's time was over");
    }
    return failed(
        Fault.SILENT,
        server + " did not finish within " + text(timeouts.total()) + " (timeouts.total)");
  }

  private String transport(IOException e) {
    if (e instanceof UnknownHostException) {
      return server + " cannot be found: no such host – check base-url";
    }
    if (e instanceof ConnectException || e instanceof NoRouteToHostException || isConnect(e)) {
      return server + " cannot be reached: is it running, and is base-url right?";
    }
    if (e instanceof SSLException) {
      return server + " cannot be trusted or speaks no TLS: " + reason(e);
    }
    return "The connection to " + server + " broke: " + reason(e);
  }

  private static boolean isConnect(IOException e) {
    return reason(e).toLowerCase(Locale.ROOT).contains("connect timed out")
        || reason(e).toLowerCase(Locale.ROOT).contains("failed to connect");
  }

  private static String reason(IOException e) {
    @Nullable String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  private static String text(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + " s"
        : duration.toMillis() + " ms";
  }

  private static Completion.Failed failed(Fault fault, String message) {
    return Completion.failed(fault, FailureCodes.BACKEND_ERROR, message);
  }
}
