package dev.relevo.launcher;

import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.registry.RegisteredNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code relevo backend add}. */
@Command(
    name = "add",
    description = {
      "Gives nodes one more backend while they run, and tells what became of it on each. It stays"
          + " for as long as relevo.control keeps the order (7 days); write it into the nodes'"
          + " files to keep it for good.",
      "A key is never sent: it is named, as a variable or a file that the nodes have."
    },
    footer = {
      "",
      "Example:",
      "  ./relevo backend add spare --base-url http://gpu-2:11434",
      "  ./relevo backend add cloud --type openai --base-url https://api.openai.com/v1 \\",
      "      --key-env OPENAI_KEY --models gpt-5-mini --priority 50 --node attic",
      "  ./relevo backend add cloud --replace --type groq --key-file /run/secrets/groq \\",
      "      --set timeouts.first-token=10s"
    })
final class BackendAddCommand implements Callable<Integer> {
  private static final String API_KEY = "api-key";

  /** As such names are written; something else may well be a key. */
  private static final Pattern VARIABLE = Pattern.compile("[A-Z_][A-Z0-9_]*");

  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();
  @Mixin private final BackendOrderWork work = new BackendOrderWork();

  @Parameters(paramLabel = "NAME", description = "What it is called.")
  private String name = "";

  @Option(names = "--type", paramLabel = "TYPE", description = "Which adapter (ollama).")
  private @Nullable String type;

  @Option(names = "--base-url", paramLabel = "URL", description = "Where it is.")
  private @Nullable String baseUrl;

  @Option(
      names = "--models",
      paramLabel = "MODELS",
      description = "What it is offered for, with commas; without it the backend is asked.")
  private @Nullable String models;

  @Option(names = "--priority", paramLabel = "N", description = "Lower is preferred (10).")
  private @Nullable String priority;

  @Option(
      names = "--key-env",
      paramLabel = "VARIABLE",
      description = "The variable of the nodes' environment that holds its key.")
  private @Nullable String keyVariable;

  @Option(
      names = "--key-file",
      paramLabel = "PATH",
      description = "The file on the nodes that holds its key.")
  private @Nullable String keyFile;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Any other setting, as under node.backends in a file.")
  private Map<String, String> more = new LinkedHashMap<>();

  @Option(names = "--replace", description = "Take the place of a backend of this name.")
  private boolean replaces;

  @Option(names = "--api-key", hidden = true)
  private @Nullable String key;

  BackendAddCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Map<String, String> settings = settings();
    check(settings);
    return work.run(
        terminal,
        options.load(terminal.environment()).kafka(),
        () -> new ControlRecord.BackendAdd(work.node(), name, settings),
        this::unlessTaken);
  }

  private Map<String, String> settings() {
    if (key != null) {
      throw sent("--api-key");
    }
    Map<String, String> settings = new LinkedHashMap<>(more);
    put(settings, "type", type);
    put(settings, "base-url", baseUrl);
    put(settings, "models", models);
    put(settings, "priority", priority);
    String variable = keyVariable;
    if (variable != null) {
      if (!VARIABLE.matcher(variable).matches()) {
        throw CommandProblem.wrongUse(
            "--key-env takes the name of a variable such as OPENAI_KEY, not a key itself; a name"
                + " with small letters goes in as --set 'api-key=${name}'.");
      }
      settings.put(API_KEY, "${" + variable + "}");
    }
    String file = keyFile;
    if (file != null) {
      settings.put(API_KEY, "${file:" + file + "}");
    }
    String named = settings.get(API_KEY);
    if (named != null && !ControlRecord.BackendAdd.namesKey(named)) {
      throw sent("--set api-key");
    }
    return settings;
  }

  private static void put(Map<String, String> settings, String key, @Nullable String value) {
    if (value != null) {
      settings.put(key, value);
    }
  }

  private static CommandProblem sent(String option) {
    return CommandProblem.wrongUse(
        option
            + ": a key is never sent through Kafka, where everybody could read it. Put it into the"
            + " environment or a file of the nodes, and name that: --key-env VARIABLE or"
            + " --key-file PATH.");
  }

  /** What is wrong in any case is told here, all at once; the key and the type are the nodes'. */
  private void check(Map<String, String> settings) {
    Map<String, String> known = new LinkedHashMap<>(settings);
    known.remove(API_KEY);
    var _ = new SettingsLoader().backend(name, known, Map.of());
  }

  private List<RegisteredNode> unlessTaken(List<RegisteredNode> nodes) {
    String having =
        nodes.stream()
            .filter(node -> BackendOrderWork.has(node, name))
            .map(node -> PlainText.line(node.id()))
            .collect(Collectors.joining(", "));
    if (!replaces && !having.isEmpty()) {
      throw CommandProblem.failed(
          "There is a backend %s already on %s: say --replace to put this one in its place, or choose another name."
              .formatted(PlainText.line(name), having));
    }
    return nodes;
  }
}
