package dev.relevo.launcher;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The {@code relevo} command. */
@Command(
    name = "relevo",
    description = "Runs LLM jobs over Apache Kafka: every token reaches whoever asked.",
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Example:",
      "  ./relevo up                            # Kafka, a dispatcher and two nodes, here",
      "  ./relevo submit \"Tell me a story\"      # in a second terminal",
      "",
      "./relevo COMMAND --help says more."
    })
public final class Relevo implements Runnable {
  private static final int HELP_COLUMNS = 100;
  private static final String TRACE_VARIABLE = "RELEVO_STACKTRACE";

  @SuppressWarnings("UnusedVariable") // The parser acts on it.
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  private boolean help;

  @SuppressWarnings("UnusedVariable") // The parser acts on it.
  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Print the version.")
  private boolean version;

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "Log more.")
  private boolean verbose;

  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "Show stack traces of errors; so does RELEVO_STACKTRACE=1.")
  private boolean stackTraces;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Only {@link #main} and tests make one. */
  Relevo() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(run(Terminal.ofProcess(), arguments));
  }

  /** Runs a command. */
  static int run(Terminal terminal, String... arguments) {
    Relevo relevo = new Relevo();
    boolean always = isSet(terminal, TRACE_VARIABLE);
    BooleanSupplier traces = () -> always || relevo.stackTraces;
    ProblemReport report = new ProblemReport(terminal.err(), traces);
    return commandLine(relevo, terminal)
        .setExecutionExceptionHandler(report)
        .setParameterExceptionHandler(report)
        .setExecutionStrategy(parsed -> {
          LogMode.choose(new LogMode(runsRole(parsed), relevo.verbose, traces.getAsBoolean()));
          return new RunLast().execute(parsed);
        })
        .execute(arguments);
  }

  /** The command with all its subcommands, ready to parse. */
  static CommandLine commandLine(Relevo relevo, Terminal terminal) {
    CommandLine line = new CommandLine(relevo);
    line.addSubcommand(new UpCommand(terminal));
    line.addSubcommand(new BrokerCommand(terminal));
    line.addSubcommand(new DispatcherCommand(terminal));
    line.addSubcommand(new NodeCommand(terminal));
    line.addSubcommand(new SubmitCommand(terminal));
    line.addSubcommand(new FollowCommand(terminal));
    line.addSubcommand(new CancelCommand(terminal));
    line.addSubcommand(new NodesCommand(terminal));
    line.addSubcommand(
        new CommandLine(new TopicsCommand())
            .addSubcommand(new TopicsCreateCommand(terminal))
            .addSubcommand(new TopicsCheckCommand(terminal)));
    line.addSubcommand(new BenchCommand(terminal));
    line.addSubcommand(new CompletionCommand(terminal));
    line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
    line.setUsageHelpWidth(HELP_COLUMNS);
    return line;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Name a command, such as up or submit; --help lists them.");
  }

  private static boolean runsRole(ParseResult parsed) {
    ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    return last.commandSpec().userObject() instanceof RoleCommand;
  }

  private static boolean isSet(Terminal terminal, String variable) {
    String value = terminal.environment().getOrDefault(variable, "");
    return !value.isEmpty() && !value.equals("0") && !value.equals("false");
  }
}
