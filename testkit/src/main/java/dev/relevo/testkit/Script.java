package dev.relevo.testkit;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a scripted model does, call by call. Each method refines the step that was begun last, and
 * counts at once: script a model before it is asked. Each call takes the next step; the last step
 * is taken again and again.
 *
 * <p>Chunks are numbered from 0, as {@code seq} in the protocol: what happens "at chunk n" happens
 * after n pieces and before the next, and n may be the number of all pieces. A call that continues
 * an answer (see {@link ModelCall#prefix}) gives what the step's text has left, or all of it if the
 * text begins otherwise, and its pieces keep their numbers.
 */
public final class Script {
  private final ScriptedModel model;
  private final List<Step> earlier;
  private final Step step;

  Script(ScriptedModel model, List<Step> earlier, Step step) {
    this.model = model;
    this.earlier = earlier;
    this.step = step;
    model.put(steps());
  }

  /** Pauses before the first chunk. */
  public Script after(Duration pause) {
    return at(0, "after", new Action.Pause(pause));
  }

  /** Pauses before every chunk. */
  public Script every(Duration pause) {
    return next(step.paced(pause));
  }

  /** Stands still after n chunks, until {@link ScriptedModel#release} or the end of the test. */
  public Script holdsAtChunk(int n) {
    return at(n, "holdsAtChunk", new Action.Hold(new Gate()));
  }

  /** Breaks off after n chunks in a way that another attempt may mend. */
  public Script failsAtChunk(int n) {
    return failsAtChunk(n, Failure.cutStream());
  }

  /** Breaks off after n chunks. */
  public Script failsAtChunk(int n, Failure failure) {
    return at(n, "failsAtChunk", new Action.Fail(failure));
  }

  /**
   * Says nothing more after n chunks, until the job is cancelled, its deadline passes, or the test
   * ends.
   */
  public Script silentAtChunk(int n) {
    return at(n, "silentAtChunk", new Action.Silence());
  }

  /**
   * Kills the node that asks after n chunks, as {@link RelevoHouse#killNode} does: what it has not
   * sent is lost, and another node takes over.
   */
  public Script killsNodeAtChunk(int n) {
    model.requireOwnNodes("killsNodeAtChunk");
    return at(n, "killsNodeAtChunk", new Action.KillNode());
  }

  /** Thinks before it answers, word by word; these chunks count as well. */
  public Script thinking(String thoughts) {
    List<Delta> words =
        Step.words(thoughts).stream()
            .map(word -> new Delta(null, word.content(), null, List.of()))
            .toList();
    return next(step.before(Step.Part.fixed(words)));
  }

  /**
   * Calls a tool after what it said.
   *
   * @param arguments JSON
   */
  public Script andCallsTool(String name, String arguments) {
    return next(step.and(Answering.tool(step.tools(), name, arguments)));
  }

  /**
   * Gives one more answer, as to a request with {@code n} above 1: word by word, when it has said
   * what came before. Its chunks count as well, and it stops for the same reason.
   */
  public Script andAnswers(String text) {
    return next(step.beside(Step.Part.fixed(Step.words(text))));
  }

  /** Stops for this reason instead of {@code stop}, or {@code tool_calls} if it calls some. */
  public Script finishing(FinishReason reason) {
    return next(step.finishing(reason));
  }

  /** Counts so many tokens, instead of one a piece and one a word of the prompt. */
  public Script counting(long promptTokens, long completionTokens) {
    return counting(new Usage(promptTokens, completionTokens));
  }

  /** Counts this. */
  public Script counting(Usage usage) {
    return next(step.counting(usage));
  }

  /** What the next call gets. */
  public Answering then() {
    return new Next();
  }

  private Script at(int chunk, String method, Action action) {
    return next(step.with(new Action.At(chunk, method, action)));
  }

  private Script next(Step changed) {
    return new Script(model, earlier, changed);
  }

  private List<Step> steps() {
    return Stream.concat(earlier.stream(), Stream.of(step)).toList();
  }

  /** The step after this one. */
  final class Next extends Answering {
    @Override
    Script begin(Step begun) {
      return new Script(model, steps(), begun);
    }
  }
}
