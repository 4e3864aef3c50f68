package dev.relevo.launcher;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
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
  private static final String COMPLETION = "completion";

  /** By name, in the order of the help. */
  private static final Map<String, Function<Terminal, Object>> COMMANDS = commands();

  private static final String TRACE_VARIABLE = "RELEVO_STACKTRACE";
  private static final String FORMAT_VARIABLE = "RELEVO_LOG_FORMAT";

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

  @Option(
      names = "--log-format",
      scope = ScopeType.INHERIT,
      paramLabel = "text|json",
      description = "How log lines are written; so does RELEVO_LOG_FORMAT (text).")
  private @Nullable String logFormat;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Only {@link #main} and tests make one. */
  Relevo() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    Thread.setDefaultUncaughtExceptionHandler(Relevo::uncaught);
    System.exit(run(Terminal.ofProcess(), arguments));
  }

  /** One line rather than a stack trace in the middle of the log; nobody waits for that thread. */
  private static void uncaught(Thread thread, Throwable thrown) {
    LoggerFactory.getLogger(Relevo.class).error("Thread {} has crashed", thread.getName(), thrown);
  }

  /** Runs a command. */
  static int run(Terminal terminal, String... arguments) {
    Relevo relevo = new Relevo();
    boolean always = isSet(terminal, TRACE_VARIABLE);
    BooleanSupplier traces = () -> always || relevo.stackTraces;
    ProblemReport report = new ProblemReport(terminal.err(), traces);
    return commandLine(relevo, needed(arguments), terminal)
        .setExecutionExceptionHandler(report)
        .setParameterExceptionHandler(report)
        .setExecutionStrategy(parsed -> {
          LogFormat format = relevo.format(terminal);
          LogMode.choose(
              new LogMode(runsRole(parsed), relevo.verbose, traces.getAsBoolean(), format));
          return new RunLast().execute(parsed);
        })
        .execute(arguments);
  }

  /** The command with all its subcommands, ready to parse. */
  static CommandLine commandLine(Relevo relevo, Terminal terminal) {
    return commandLine(relevo, COMMANDS.keySet(), terminal);
  }

  private static CommandLine commandLine(Relevo relevo, Set<String> names, Terminal terminal) {
    CommandLine line = new CommandLine(relevo);
    names.forEach(name -> line.addSubcommand(command(name).apply(terminal)));
    line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
    line.setUsageHelpWidth(HELP_COLUMNS);
    return line;
  }

  /**
   * The commands that have to be described to the parser, which takes longer than anything else at
   * the start of a tool: the one that is named, or all where none is, for help and suggestions.
   */
  private static Set<String> needed(String... arguments) {
    return Arrays.stream(arguments)
        .filter(argument -> !argument.startsWith("-"))
        .findFirst()
        .filter(name -> COMMANDS.containsKey(name) && !name.equals(COMPLETION))
        .map(Set::of)
        .orElse(COMMANDS.keySet());
  }

  private static Function<Terminal, Object> command(String name) {
    Function<Terminal, Object> command = COMMANDS.get(name);
    if (command == null) {
      throw new IllegalArgumentException("there is no command " + name);
    }
    return command;
  }

  private static Map<String, Function<Terminal, Object>> commands() {
    Map<String, Function<Terminal, Object>> commands = new LinkedHashMap<>();
    commands.put("up", UpCommand::new);
    commands.put("broker", BrokerCommand::new);
    commands.put("dispatcher", DispatcherCommand::new);
    commands.put("node", NodeCommand::new);
    commands.put("gateway", GatewayCommand::new);
    commands.put("submit", SubmitCommand::new);
    commands.put("follow", FollowCommand::new);
    commands.put("cancel", CancelCommand::new);
    commands.put("jobs", JobsCommand::new);
    commands.put("nodes", NodesCommand::new);
    commands.put("backend", BackendCommand::withSubcommands);
    commands.put("drain", DrainCommand::new);
    commands.put("pause", PauseCommand::new);
    commands.put("resume", ResumeCommand::new);
    commands.put("dead", DeadCommand::withSubcommands);
    commands.put("topics", TopicsCommand::withSubcommands);
    commands.put("bench", BenchCommand::new);
    commands.put(COMPLETION, CompletionCommand::new);
    return Collections.unmodifiableMap(commands);
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

  private LogFormat format(Terminal terminal) {
    String variable = terminal.environment().getOrDefault(FORMAT_VARIABLE, "");
    String asked = logFormat != null ? logFormat : variable.isEmpty() ? "text" : variable;
    return LogFormat.of(asked)
        .orElseThrow(() ->
            new ParameterException(
                spec.commandLine(),
                "%s is \"%s\", expected text or json."
                    .formatted(logFormat == null ? FORMAT_VARIABLE : "--log-format", asked)));
  }

  private static boolean isSet(Terminal terminal, String variable) {
    String value = terminal.environment().getOrDefault(variable, "");
    return !value.isEmpty() && !value.equals("0") && !value.equals("false");
  }
}
