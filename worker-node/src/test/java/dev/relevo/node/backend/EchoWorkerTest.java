package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EchoWorkerTest {
  private static final String BODY =
      "{'messages':[{'role':'user','content':'no'},{'role':'assistant','content':'a b'},"
          + "{'role':'user','content':[{'type':'text','text':'Grün  ist 🌍'}]}]";
  private static final String ANSWER = EchoWorker.INTRODUCTION + "Grün  ist 🌍";

  private final Worker worker = TestSettings.of("echo", null).worker();

  @Test
  void saysWhatItIsAndRepeatsTheLastUserMessageWordByWord() throws Exception {
    Answer answer = Answer.of(worker, request("echo", null, ""));
    assertThat(answer.text()).isEqualTo(ANSWER).contains("not an AI model");
    assertThat(answer.pieces()).hasSize(15);
    assertThat(answer.completion())
        .isEqualTo(new Completion.Finished(FinishReason.STOP, new Usage(6, 15), "echo"));
  }

  @Test
  void honoursTheLimitOfWords() throws Exception {
    Answer answer = Answer.of(worker, request("echo", null, ",'max_tokens':2"));
    assertThat(answer.text()).isEqualTo("This is ");
    assertThat(answer.finished().reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(answer.finished().usage()).isEqualTo(new Usage(6, 2));
  }

  @Test
  void continuesItsOwnAnswerAnywhere() throws Exception {
    for (int at = 0; at <= ANSWER.length(); at++) {
      String prefix = ANSWER.substring(0, at);
      assertThat(prefix + Answer.of(worker, request("echo", prefix, "")).text()).isEqualTo(ANSWER);
    }
    assertThat(worker.info().capabilities().continuesPrefix()).isTrue();
  }

  @Test
  void answersInOnePieceAndSeveralTimesIfAsked() throws Exception {
    assertThat(Answer.of(worker, request("echo-once", null, "")).pieces()).hasSize(1);
    Answer twice = Answer.of(worker, request("echo-once", null, ",'n':2"));
    assertThat(twice.text(1)).isEqualTo(ANSWER);
  }

  @Test
  void breaksOffHalfWayIfThatIsItsName() throws Exception {
    Answer answer = Answer.of(worker, request("echo-fail", null, ""));
    assertThat(ANSWER).startsWith(answer.text());
    assertThat(answer.pieces()).isNotEmpty();
    assertThat(answer.failure().retryable()).isTrue();
  }

  @Test
  void aCancellationEndsASlowAnswer() throws Exception {
    CompletionRequest request = request("echo-slow", null, "");
    List<Delta> deltas = new ArrayList<>();
    Completion completion =
        worker.streamCompletion(
            request,
            (_, delta) -> {
              deltas.add(delta);
              request.cancellation().cancel("enough");
            });
    assertThat(deltas).hasSize(1);
    assertThat(completion).isEqualTo(new Completion.Cancelled("enough"));
  }

  @Test
  void aSlowAnswerEndsWithItsTime() throws Exception {
    CompletionRequest plain = request("echo-slow", null, "");
    CompletionRequest request =
        new CompletionRequest(plain.body(), "echo-slow", null, 150, plain.cancellation());
    assertThat(Answer.of(worker, request).failure().code())
        .isEqualTo(FailureCodes.DEADLINE_EXCEEDED);
  }

  @Test
  void anInterruptEndsIt() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> Answer.of(worker, request("echo", null, "")))
        .isInstanceOf(InterruptedException.class);
  }

  @Test
  void servesOtherNamesToo() {
    assertThat(worker.info().models()).contains("echo", "echo-slow");
    assertThat(TestSettings.of("echo", null).models("gemma3:4b").worker().info().models())
        .containsExactly("gemma3:4b");
  }

  private static CompletionRequest request(String model, String prefix, String more) {
    return new CompletionRequest(
        Answer.object(BODY + more + "}"), model, prefix, 60_000, new Cancellation());
  }
}
