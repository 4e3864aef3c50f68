package dev.relevo.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.config.ReplyMode;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.ResumeMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a client does in either reply mode, on a real broker. */
abstract class JobClientContract extends FollowContract {
  JobClientContract(ReplyMode mode, String prefix) {
    super(mode, prefix);
  }

  @Test
  void streamsTextAsItComes() {
    node.script(job -> job.answer("Because ", "of ", "light."));

    try (Stream<String> text = client.stream(ASK)) {
      assertThat(String.join("", text.toList())).isEqualTo("Because of light.");
    }
  }

  @Test
  void theFirstWordsAreThereBeforeTheLast() throws Exception {
    node.script(job -> job.start().say(0, "Because "));

    JobHandle handle = client.submit(JobRequest.of(ASK));
    try (Stream<String> text = handle.text()) {
      var words = text.iterator();
      assertThat(words.next()).isEqualTo("Because ");
      nextOf(handle.id()).say(1, "of light.").done(1);
      assertThat(words.next()).isEqualTo("of light.");
      assertThat(words.hasNext()).isFalse();
    }
    assertThat(await(handle.result()).text()).isEqualTo("Because of light.");
  }

  @Test
  void givesTheWholeAnswer() {
    node.script(job -> job.answer("a", "b"));

    assertThat(client.complete(ASK)).isEqualTo("ab");
    JobResult result = client.complete(JobRequest.of(ASK));
    assertThat(result.usage().completionTokens()).isEqualTo(4);
    assertThat(result.backend()).isEqualTo("backend");
    assertThat(result.attempts()).isEqualTo(1);
  }

  @Test
  void sendsWhatTheJobAsksFor() throws Exception {
    node.script(job -> job.answer("x"));
    String body = "{\"model\":\"m\",\"messages\":[],\"odd\":[1]}";
    long beforeMs = System.currentTimeMillis();
    JobHandle handle =
        client.submit(
            JobRequest.body(body)
                .id("my-job-" + prefix)
                .lane(Lane.BATCH)
                .model("alias")
                .fallbackModels(List.of("f1", "f2"))
                .maxWait(Duration.ofSeconds(9))
                .strategy("fastest")
                .session("s")
                .tenant("t")
                .priority(1)
                .deadline(Duration.ofMinutes(5))
                .failover(Failover.NONE)
                .maxAttempts(7)
                .traceparent("00-1-2-3")
                .build());
    assertThat(await(handle.result()).job()).isEqualTo("my-job-" + prefix);
    FakeNode.Job job = nextOf("my-job-" + prefix);

    assertThat(job.lane).isEqualTo(Lane.BATCH);
    assertThat(job.body).isEqualTo(body);
    assertThat(job.headers.model()).isEqualTo("alias");
    assertThat(job.headers.fallbackModels()).containsExactly("f1", "f2");
    assertThat(job.headers.maxWaitMs()).isEqualTo(9_000);
    assertThat(job.headers.strategy()).isEqualTo("fastest");
    assertThat(job.headers.session()).isEqualTo("s");
    assertThat(job.headers.tenant()).isEqualTo("t");
    assertThat(job.headers.priority()).isEqualTo(1);
    assertThat(job.headers.failover()).isEqualTo(Failover.NONE);
    assertThat(job.headers.maxAttempts()).isEqualTo(7);
    assertThat(job.headers.traceparent()).isEqualTo("00-1-2-3");
    assertThat(job.headers.deadlineMs())
        .isBetween(beforeMs + 300_000, System.currentTimeMillis() + 300_000);
    assertThat(job.headers.replyPlace()).isEqualTo(handle.place());
  }

  @Test
  void aFailedJobSaysWhy() {
    node.script(job ->
        job.start()
            .say(0, "half")
            .write(new ReplyRecord.Failed("content_filter", "The filter stopped it.", 1)));

    JobHandle handle = client.submit(JobRequest.of(ASK));
    assertThat(failure(handle.result()).code()).isEqualTo("content_filter");
    assertThat(failure(handle.result())).hasMessage("The filter stopped it.");
    try (Stream<String> text = handle.text()) {
      var words = text.iterator();
      assertThat(words.next()).isEqualTo("half");
      assertThatThrownBy(words::hasNext).hasMessage("The filter stopped it.");
    }
    assertThatThrownBy(() -> client.complete(ASK)).isInstanceOf(JobException.class);
  }

  @Test
  void cancelsAJob() throws Exception {
    node.script(FakeNode.Job::start);
    JobHandle handle = client.submit(JobRequest.of(ASK));
    nextOf(handle.id());

    await(handle.cancel("changed my mind"));
    JobException failure = failure(handle.result());
    assertThat(failure.code()).isEqualTo(JobException.CANCELLED);
    assertThat(failure).hasMessage("changed my mind");
    awaitCancelOf(handle.id());
  }

  private void awaitCancelOf(String id) throws InterruptedException {
    ControlRecord record = node.nextControl();
    while (!(record instanceof ControlRecord.Cancel cancel && cancel.job().equals(id))) {
      record = node.nextControl();
    }
  }

  @Test
  void closingTheTextEarlyCancelsTheJob() throws Exception {
    node.script(job -> job.start().say(0, "a"));
    JobHandle handle = client.submit(JobRequest.of(ASK));
    try (Stream<String> text = handle.text()) {
      assertThat(text.findFirst()).contains("a");
    }

    awaitCancelOf(handle.id());
    assertThat(failure(handle.result()).code()).isEqualTo(JobException.CANCELLED);
  }

  @Test
  void closingTheTextAfterItsEndCancelsNothing() throws Exception {
    node.script(job -> job.start().say(0, "a").done(0));
    Set<String> read = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      JobHandle handle = client.submit(JobRequest.of(ASK));
      read.add(handle.id());
      try (Stream<String> text = handle.text()) {
        assertThat(text).containsExactly("a");
      }
    }

    await(client.cancel("mark-" + prefix, "all that was written to control stands before this"));
    for (String cancelled = ""; !cancelled.equals("mark-" + prefix); ) {
      cancelled = node.nextControl() instanceof ControlRecord.Cancel cancel ? cancel.job() : "";
      assertThat(read).doesNotContain(cancelled);
    }
  }

  @Test
  void goesOnWithALaterAttemptAndIgnoresTheEarlier() {
    node.script(job -> {
      Fence later = new Fence(job.fence.home(), 2, 0);
      job.start().say(0, "Hel");
      job.write(later, new ReplyRecord.Started("other"));
      job.say(1, "XXX").done(1);
      job.write(later, new ReplyRecord.Resumed(ResumeMode.CONTINUE, 1));
      job.write(later, new ReplyRecord.Chunk(1, Delta.text("lo")));
      job.write(
          later,
          new ReplyRecord.Done(1, dev.relevo.common.protocol.FinishReason.STOP, null, "b", "m", 2));
    });

    JobResult result = client.complete(JobRequest.of(ASK));
    assertThat(result.text()).isEqualTo("Hello");
    assertThat(result.attempts()).isEqualTo(2);
  }

  @Test
  void aSubscriberIsToldThatTheAnswerBeginsAnew() {
    node.script(job -> {
      job.start().say(0, "Hel");
      job.write(new ReplyRecord.Resumed(ResumeMode.RESTART, 1));
      job.say(1, "Bye").done(1);
    });
    Collector all = new Collector(Long.MAX_VALUE);
    JobHandle handle = client.submit(JobRequest.of(ASK));
    handle.chunks().subscribe(all);

    await(all.end);
    assertThat(await(handle.result()).text()).isEqualTo("Bye");
    int restart = 0;
    while (!(all.chunks.get(restart) instanceof ReplyChunk.Restart)) {
      restart++;
    }
    assertThat(((ReplyChunk.Restart) all.chunks.get(restart)).fromSeq()).isEqualTo(1);
    assertThat(all.textFrom(restart + 1)).isEqualTo("Bye");
  }

  @Test
  void aSlowSubscriberLosesNothingAndHoldsUpNobody() {
    String[] words = IntStream.range(0, 500).mapToObj(i -> i + " ").toArray(String[]::new);
    node.script(job -> job.answer(words));
    Collector slow = new Collector(0);
    JobHandle handle = client.submit(JobRequest.of(ASK));
    handle.chunks().subscribe(slow);

    // The result, and other jobs, do not wait for the subscriber.
    assertThat(await(handle.result()).text()).isEqualTo(String.join("", words));
    assertThat(client.complete(ASK)).isEqualTo(String.join("", words));
    assertThat(slow.chunks).isEmpty();

    slow.subscription.request(1_000);
    await(slow.end);
    assertThat(slow.chunks).hasSizeLessThanOrEqualTo(17);
    assertThat(slow.textFrom(0)).isEqualTo(String.join("", words));
  }

  @Test
  void manyJobsAtOnceGetTheirOwnAnswers() {
    node.script(job -> job.answer(job.id, "!"));
    List<JobHandle> handles = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      handles.add(client.submit(JobRequest.of(ASK)));
    }

    assertThat(handles)
        .allSatisfy(h -> assertThat(await(h.result()).text()).isEqualTo(h.id() + "!"));
    assertThat(handles.stream().map(JobHandle::id)).doesNotHaveDuplicates();
  }

  @Test
  void aClosedClientEndsItsHandles() {
    node.script(FakeNode.Job::start);
    JobClient closing = options().connect();
    JobHandle handle = closing.submit(JobRequest.of(ASK));
    closing.close();

    assertThat(failure(handle.result()).code()).isEqualTo(JobException.CLIENT_CLOSED);
    assertThat(failure(closing.submit(JobRequest.of(ASK)).result()).code())
        .isEqualTo(JobException.CLIENT_CLOSED);
    closing.close();
  }

  @Test
  void refusesMoreOpenJobsThanAllowedAndSameIdsTwice() throws Exception {
    node.script(FakeNode.Job::start);
    try (JobClient small = options().maxOpenJobs(1).connect()) {
      JobHandle first = small.submit(JobRequest.messages(ASK).id("twice-" + prefix).build());
      JobHandle second = small.submit(JobRequest.of(ASK));

      assertThat(failure(second.result()).code()).isEqualTo(JobException.TOO_MANY_OPEN);
      assertThat(first.result()).isNotDone();
    }
    JobRequest same = JobRequest.messages(ASK).id("same-" + prefix).build();
    JobHandle open = client.submit(same);
    assertThat(failure(client.submit(same).result()).code()).isEqualTo(JobException.ALREADY_OPEN);
    nextOf(open.id());
    await(open.cancel("enough"));
    assertThat(failure(open.result()).code()).isEqualTo(JobException.CANCELLED);
  }

  @Test
  void refusesADeadlineBeyondTheRetention() {
    JobHandle handle =
        client.submit(JobRequest.messages(ASK).deadline(Duration.ofHours(25)).build());

    assertThat(failure(handle.result())).hasMessageContaining("replyRetention");
  }

  @Test
  void anAnswerThatIsTooLongIsNotCutSilently() {
    node.script(job -> job.answer("12345", "67890"));
    try (JobClient small = options().maxAnswerLength(7).connect()) {
      assertThat(failure(small.submit(JobRequest.of(ASK)).result()).code())
          .isEqualTo(JobException.ANSWER_TOO_LONG);
    }
  }
}
