package dev.relevo.launcher;

import dev.relevo.broker.BrokerFailedException;
import dev.relevo.broker.BrokerStartException;
import dev.relevo.common.config.SettingsException;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.node.core.DuplicateNodeException;
import dev.relevo.node.core.NodeFailedException;
import java.io.PrintStream;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Tells people what went wrong, in one clear sentence, and chooses the exit code. */
final class ProblemReport implements IExecutionExceptionHandler, IParameterExceptionHandler {
  private final PrintStream err;
  private final BooleanSupplier stackTraces;

  /**
   * @param stackTraces whether stack traces are wanted; asked once the options are known
   */
  ProblemReport(PrintStream err, BooleanSupplier stackTraces) {
    this.err = err;
    this.stackTraces = stackTraces;
  }

  @Override
  public int handleExecutionException(Exception thrown, CommandLine command, ParseResult parsed) {
    Throwable problem = unwrap(thrown);
    int exitCode = tell(problem);
    if (stackTraces.getAsBoolean()) {
      err.print(HiddenSecrets.clean(StackTraces.of(problem)));
    }
    err.flush();
    return exitCode;
  }

  @Override
  public int handleParseException(ParameterException wrong, String[] arguments) {
    CommandLine command = wrong.getCommandLine();
    err.println(PlainText.text(String.valueOf(wrong.getMessage())));
    if (wrong instanceof UnmatchedArgumentException unmatched) {
      suggest(unmatched);
    }
    err.println("See: " + command.getCommandSpec().qualifiedName() + " --help");
    return ExitCode.WRONG_USE;
  }

  private void suggest(UnmatchedArgumentException unmatched) {
    String nearest = String.join(", ", unmatched.getSuggestions().stream().limit(3).toList());
    if (!nearest.isEmpty()) {
      err.println("Did you mean: " + nearest + "?");
    }
  }

  private int tell(Throwable problem) {
    return switch (problem) {
      case CommandProblem known -> told(known, known.exitCode());
      case SettingsException known -> {
        known.problems().stream().map(ProblemReport::shown).forEach(err::println);
        yield ExitCode.WRONG_USE;
      }
      case KafkaProblem known -> told(known, ExitCode.WRONG_USE);
      case BrokerStartException known -> told(known, ExitCode.WRONG_USE);
      case BrokerFailedException known -> told(known, ExitCode.FAILED);
      case DuplicateNodeException known -> told(known, ExitCode.WRONG_USE);
      case NodeFailedException known -> told(known, ExitCode.FAILED);
      default -> {
        String name = problem.getClass().getSimpleName();
        String detail = problem.getMessage() == null ? name : name + ": " + problem.getMessage();
        err.println(
            "Something broke inside relevo ("
                + PlainText.line(HiddenSecrets.clean(detail.lines().findFirst().orElse(name)))
                + "): run it again with --stacktrace and report what it prints.");
        yield ExitCode.FAILED;
      }
    };
  }

  private int told(Throwable problem, int exitCode) {
    err.println(shown(String.valueOf(problem.getMessage())));
    return exitCode;
  }

  private static String shown(String text) {
    return PlainText.text(HiddenSecrets.clean(text));
  }

  private static Throwable unwrap(Throwable thrown) {
    Throwable inner = thrown;
    while (inner.getCause() != null
        && (inner instanceof ExecutionException || inner instanceof CompletionException)) {
      inner = inner.getCause();
    }
    return inner;
  }
}
