package dev.relevo.launcher;

import dev.relevo.common.protocol.Lane;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code relevo submit}. */
@Command(
    name = "submit",
    description = {
      "Sends a job and prints its answer as it comes; everything but the answer goes to standard"
          + " error.",
      "Ends with 0 when the answer is whole, 1 when the job failed, 130 when Ctrl-C cancelled it.",
      "With --file it sends many: a job in each line, each answered in a line of --out, in the"
          + " order in which they end. Lines are requests as they are, {\"prompt\": \"...\"}, or"
          + " lines of an OpenAI batch. Stopped in between, by Ctrl-C or by force, it goes on when"
          + " it is run again: what is answered is skipped. Ends with 1 when any failed."
    },
    footer = {
      "",
      "Example:",
      "  ./relevo submit \"Tell me a story\"",
      "  ./relevo submit -m gemma3:4b --fallback llama3.2 --system \"Be brief\" - < question.txt",
      "  ./relevo submit --file jobs.jsonl --out answers.jsonl"
    })
final class SubmitCommand implements Callable<Integer> {
  private static final int MOST_PROMPT_BYTES = 8 << 20;
  private static final int DEFAULT_IN_FLIGHT = 64;
  private static final String STANDARD_INPUT = "-";

  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description = "The model (the one that the running nodes prefer).")
  private @Nullable String model;

  @Option(names = "--system", paramLabel = "S", description = "A system prompt.")
  private @Nullable String system;

  @Option(
      names = "--fallback",
      paramLabel = "M",
      description = "A model to try when that one cannot answer; may be given several times.")
  private List<String> fallbacks = List.of();

  @Option(
      names = "--lane",
      paramLabel = "LANE",
      converter = LaneOption.class,
      completionCandidates = LaneOption.class,
      description = "jobs, or batch for work that may wait (jobs; with --file batch).")
  private @Nullable Lane lane;

  @Option(names = "--detach", description = "Print the job's id and do not wait for the answer.")
  private boolean detach;

  @Option(names = "--json", description = "Print each reply record as a line of JSON.")
  private boolean json;

  @Option(
      names = "--file",
      paramLabel = "JOBS",
      description = "A file with a job in each line; - reads standard input.")
  private @Nullable String file;

  @Option(
      names = "--out",
      paramLabel = "ANSWERS",
      description =
          "Where the answers to --file go; - is standard output, and then nobody can go on.")
  private @Nullable String out;

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      description = "Jobs of --file that are under way at a time (64).")
  private @Nullable Integer inFlight;

  @Option(
      names = "--retry-failed",
      description = "Try lines of --file again that failed in an earlier run.")
  private boolean retryFailed;

  @Parameters(
      arity = "0..*",
      paramLabel = "PROMPT",
      description = "What to ask; - reads it from standard input.")
  private List<String> prompt = List.of();

  SubmitCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    if (file != null) {
      return many(file);
    }
    if (out != null || inFlight != null || retryFailed) {
      throw CommandProblem.wrongUse(
          "--out, --in-flight and --retry-failed belong to --file, which names a file of jobs.");
    }
    Lane single = lane == null ? Lane.JOBS : lane;
    JobRequest request = new JobRequest(model, system, fallbacks, single, prompt());
    Submission submission = new Submission(terminal, options.load(terminal.environment()), request);
    return detach ? submission.detach(options.asTyped()) : submission.stream(json);
  }

  private int many(String jobs) throws IOException {
    if (detach || json || !prompt.isEmpty()) {
      throw CommandProblem.wrongUse(
          "--file brings the prompts, so there can be no other, and neither --detach nor --json.");
    }
    if (out == null) {
      throw CommandProblem.wrongUse(
          "Say where the answers go, such as --out answers.jsonl; --out - prints them.");
    }
    BatchRequest request =
        new BatchRequest(
            jobs,
            out,
            inFlight == null ? DEFAULT_IN_FLIGHT : inFlight,
            retryFailed,
            model,
            system,
            fallbacks,
            lane == null ? Lane.BATCH : lane);
    return new BatchSubmission(terminal, options.load(terminal.environment()), request).run();
  }

  private String prompt() throws IOException {
    boolean fromInput = prompt.equals(List.of(STANDARD_INPUT));
    String text = fromInput ? standardInput() : String.join(" ", prompt);
    if (text.isBlank()) {
      throw CommandProblem.wrongUse(
          fromInput
              ? "Standard input has no prompt: pipe one in, or give it as an argument."
              : "There is no prompt: give one, such as ./relevo submit \"Tell me a story\", or - to"
                  + " read it from standard input.");
    }
    return text;
  }

  private String standardInput() throws IOException {
    byte[] bytes = terminal.in().readNBytes(MOST_PROMPT_BYTES + 1);
    if (bytes.length > MOST_PROMPT_BYTES) {
      throw CommandProblem.wrongUse("The prompt is larger than 8 MiB: send a smaller one.");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
