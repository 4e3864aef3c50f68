package dev.relevo.launcher;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code relevo completion}. */
@Command(
    name = "completion",
    description = "Prints a script that lets the shell complete this command.",
    footer = {
      "",
      "Example:",
      "  source <(./relevo completion bash)     # in ~/.bashrc",
      "  source <(./relevo completion zsh)      # in ~/.zshrc"
    })
final class CompletionCommand implements Callable<Integer> {
  /** The shells that are known. */
  enum Shell {
    bash,
    zsh
  }

  /** bash's way of completing, which zsh understands once it is told to. */
  private static final String ZSH_HEAD = "autoload -Uz compinit && compinit\n";

  private final Terminal terminal;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "bash|zsh", description = "The shell.")
  private Shell shell = Shell.bash;

  CompletionCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    String script = AutoComplete.bash("relevo", spec.root().commandLine());
    terminal.out().print(shell == Shell.zsh ? ZSH_HEAD + script : script);
    terminal.out().flush();
    return ExitCode.DONE;
  }
}
