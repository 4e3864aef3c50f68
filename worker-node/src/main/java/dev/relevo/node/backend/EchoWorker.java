package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.ContinuePrefix;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import dev.relevo.node.backend.WorkerInfo.Continuation;
import dev.relevo.node.backend.WorkerInfo.Feature;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The built-in model, which is none: it says so and repeats the last user message, word by word.
 * The same request always gives the same answer. A word counts as a token; {@code max_tokens},
 * {@code max_completion_tokens} and {@code n} are honoured, a prefix is continued.
 *
 * <p>The end of the model's name says how it behaves, whatever stands before: {@code echo} answers
 * at once; {@code echo-slow} waits {@value #SLOW_WORD_MS} ms before each word, for those who want
 * to watch or to interrupt; {@code echo-once} gives the whole answer in one piece; {@code
 * echo-fail} breaks off half way with a failure after which another attempt may be made.
 */
final class EchoWorker implements Worker {
  static final String TYPE = "echo";

  /** What {@code echo-slow} waits before each word, milliseconds. */
  static final long SLOW_WORD_MS = 100;

  static final String INTRODUCTION = "This is the built-in echo model, not an AI model. You said: ";

  private static final List<String> MODELS = List.of("echo", "echo-slow", "echo-once", "echo-fail");
  private static final int MAX_ANSWERS = 128;
  private static final Pattern WORD = Pattern.compile("\\s*\\S+\\s*");

  private final BackendSettings settings;
  private final WorkerInfo info;
  private volatile boolean closed;

  EchoWorker(BackendSettings settings) {
    ModelNames names = new ModelNames(settings.name(), settings.models());
    boolean continuesPrefix = settings.capabilities().continuePrefix() != ContinuePrefix.FALSE;
    this.settings = settings;
    this.info =
        new WorkerInfo(
            settings.name(),
            TYPE,
            names.resolve(MODELS),
            new WorkerInfo.Capabilities(
                continuesPrefix ? Continuation.LAST_MESSAGE : Continuation.NONE,
                EnumSet.of(Feature.USAGE, Feature.SEVERAL_ANSWERS)),
            settings.weight());
  }

  @Override
  public WorkerInfo info() {
    return info;
  }

  @Override
  public int priority() {
    return settings.priority();
  }

  @Override
  public WorkerHealth healthCheck() {
    return WorkerHealth.AVAILABLE;
  }

  @Override
  public Completion streamCompletion(CompletionRequest request, DeltaSink sink)
      throws InterruptedException {
    String whole = rest(INTRODUCTION + lastUserText(request.body()), request.prefix());
    String answer = limited(whole, request.body());
    boolean once = request.model().endsWith("-once") && !answer.isEmpty();
    Pauses pauses = request.model().endsWith("-slow") ? new Pauses(request) : null;
    int breakAt = request.model().endsWith("-fail") ? answer.length() / 2 : Integer.MAX_VALUE;
    long answers = Math.clamp(Json.count(request.body(), "n"), 1, MAX_ANSWERS);
    for (int index = 0; index < answers; index++) {
      if (once) {
        sink.accept(index, Delta.text(answer));
        continue;
      }
      Matcher pieces = WORD.matcher(answer);
      while (pieces.find()) {
        Completion end = stopped(request, pauses, pieces.start() >= breakAt);
        if (end != null) {
          return end;
        }
        sink.accept(index, Delta.text(pieces.group()));
      }
    }
    return new Completion.Finished(
        answer.length() < whole.length() ? FinishReason.LENGTH : FinishReason.STOP,
        new Usage(promptWords(request), answers * words(answer)),
        request.model());
  }

  @Override
  public void close() {
    closed = true;
  }

  /** Waits if it must; gives the end if the answer has come to it early. */
  private @Nullable Completion stopped(
      CompletionRequest request, @Nullable Pauses pauses, boolean breaks)
      throws InterruptedException {
    boolean inTime = pauses == null || pauses.pause();
    String cancelled = request.cancellation().reason();
    if (cancelled != null) {
      return new Completion.Cancelled(cancelled);
    }
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (closed) {
      String message = "The echo model was closed while it answered: the node is stopping";
      return Completion.failed(Fault.OWN, FailureCodes.BACKEND_ERROR, message);
    }
    if (!inTime) {
      String message = "The echo model had not finished when the job's time was over";
      return Completion.failed(Fault.OUT_OF_TIME, FailureCodes.DEADLINE_EXCEEDED, message);
    }
    if (breaks) {
      String message = "The model echo-fail broke off its answer, as its name says";
      return Completion.failed(Fault.CUT, FailureCodes.BACKEND_ERROR, message);
    }
    return null;
  }

  /** What is left to say; after a beginning that is not ours, everything. */
  private static String rest(String answer, @Nullable String prefix) {
    return prefix != null && answer.startsWith(prefix) ? answer.substring(prefix.length()) : answer;
  }

  /** As much of the answer as the request's limit of words allows. */
  private static String limited(String answer, ObjectNode body) {
    long limit = Json.count(body, "max_completion_tokens");
    if (limit < 0) {
      limit = Json.count(body, "max_tokens");
    }
    if (limit < 1) {
      return answer;
    }
    Matcher word = WORD.matcher(answer);
    int end = 0;
    for (long count = 0; count < limit && word.find(); count++) {
      end = word.end();
    }
    return answer.substring(0, end);
  }

  private static String lastUserText(ObjectNode body) {
    String text = "";
    for (JsonNode message : body.path("messages").values()) {
      if ("user".equals(Json.text(message, "role"))) {
        text = text(message.path("content"));
      }
    }
    return text;
  }

  private static String text(JsonNode content) {
    if (!content.isArray()) {
      return content.stringValue("");
    }
    StringBuilder text = new StringBuilder();
    for (JsonNode part : content.values()) {
      text.append(part.path("text").stringValue(""));
    }
    return text.toString();
  }

  private static long promptWords(CompletionRequest request) {
    long words = request.prefix() == null ? 0 : words(request.prefix());
    for (JsonNode message : request.body().path("messages").values()) {
      words += words(text(message.path("content")));
    }
    return words;
  }

  private static long words(String text) {
    long count = 0;
    boolean inWord = false;
    for (int i = 0; i < text.length(); i++) {
      boolean letter = !Character.isWhitespace(text.charAt(i));
      if (letter && !inWord) {
        count++;
      }
      inWord = letter;
    }
    return count;
  }

  /** The pauses of one slow answer: a cancellation ends them, the request's time bounds them. */
  private static final class Pauses {
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private long leftMs;

    Pauses(CompletionRequest request) {
      leftMs = request.timeoutMs();
      request.cancellation().onCancel(cancelled::countDown);
    }

    /** Waits, and tells whether there is time left. */
    boolean pause() throws InterruptedException {
      long waitMs = Math.min(SLOW_WORD_MS, leftMs);
      leftMs -= waitMs;
      return !cancelled.await(waitMs, TimeUnit.MILLISECONDS) && leftMs > 0;
    }
  }
}
