package dev.relevo.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.ReplyMode;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.ResumeMode;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Answers that others read: posted jobs, and whoever follows, in either reply mode. */
abstract class FollowContract extends ClientHouse {
  FollowContract(ReplyMode mode, String prefix) {
    super(mode, prefix);
  }

  @Test
  void aSubmittedJobSaysWhenKafkaHasIt() {
    node.script(job -> job.answer("x"));
    JobHandle handle = client.submit(JobRequest.of(ASK));

    await(handle.submitted());
    assertThat(await(handle.result()).text()).isEqualTo("x");
  }

  @Test
  void aJobThatKafkaRefusesWasNotSubmitted() {
    byte[] tooLarge = new byte[KafkaClients.MAX_REQUEST_BYTES];
    JobRequest request = JobRequest.body(tooLarge).model("m").build();

    JobHandle handle = client.submit(request);
    assertThat(failure(handle.submitted()).code()).isEqualTo(JobException.NOT_SUBMITTED);
    assertThat(failure(handle.result()).code()).isEqualTo(JobException.NOT_SUBMITTED);
    assertThat(failure(client.post(request)).code()).isEqualTo(JobException.NOT_SUBMITTED);
  }

  @Test
  void thePostedJobsAnswerOutlivesTheClient() throws Exception {
    node.script(job -> {});
    PostedJob posted;
    try (JobClient posting = options().maxOpenJobs(1).connect()) {
      for (int i = 0; i < 20; i++) {
        await(posting.post(JobRequest.of(ASK)));
      }
      posted = await(posting.post(JobRequest.messages(ASK).id("posted-" + prefix).build()));
    }
    assertThat(posted.id()).isEqualTo("posted-" + prefix);
    FakeNode.Job job = nextOf(posted.id());
    assertThat(job.headers.replyPlace()).isEqualTo(posted.place());

    JobHandle followed = client.follow(posted.id(), posted.place());
    await(followed.submitted());
    job.answer("a", "b");
    assertThat(await(followed.result()).text()).isEqualTo("ab");
    // Sweeping what was read leaves it alone, too.
    await(client.submit(JobRequest.of(ASK)).submitted());
    assertThat(await(client.follow(posted.id(), posted.place()).result()).text()).isEqualTo("ab");
  }

  @Test
  void refusesToPostWhatItWouldNotSubmit() {
    JobClient closing = options().connect();
    closing.close();

    assertThat(failure(closing.post(JobRequest.of(ASK))).code())
        .isEqualTo(JobException.CLIENT_CLOSED);
    assertThat(
            failure(client.post(JobRequest.messages(ASK).deadline(Duration.ofHours(25)).build())))
        .hasMessageContaining("replyRetention");
  }

  @Test
  void othersMayFollowTheSameAnswer() throws Exception {
    node.script(job -> job.start().say(0, "a"));
    // Posted: a client that read the answer would delete its topic, perhaps before others read it.
    PostedJob posted = await(client.post(JobRequest.of(ASK)));
    FakeNode.Job job = nextOf(posted.id());
    try (JobClient other = options().connect()) {
      JobHandle followed = other.follow(posted.id(), posted.place());
      try (Stream<String> text = followed.text()) {
        var words = text.iterator();
        assertThat(words.next()).isEqualTo("a");
        job.say(1, "b").done(1);
        assertThat(words.next()).isEqualTo("b");
        assertThat(words.hasNext()).isFalse();
      }
      assertThat(await(followed.result()).text()).isEqualTo("ab");
    }
  }

  @Test
  void othersGoOnWhereSomebodyHasLeftOff() throws Exception {
    node.script(job -> {
      Fence later = new Fence(job.fence.home(), 2, 0);
      job.start().say(0, "a").say(1, "b");
      job.write(later, new ReplyRecord.Started("other"));
      job.say(2, "void");
      job.write(later, new ReplyRecord.Resumed(ResumeMode.CONTINUE, 2));
      job.write(later, new ReplyRecord.Chunk(2, Delta.text("c")));
      job.write(later, new ReplyRecord.Chunk(3, Delta.text("d")));
      job.write(
          later,
          new ReplyRecord.Done(3, dev.relevo.common.protocol.FinishReason.STOP, null, "b", "m", 2));
    });
    PostedJob posted = await(client.post(JobRequest.of(ASK)));
    JobHandle first = client.follow(posted.id(), posted.place());
    Collector all = new Collector(Long.MAX_VALUE);
    first.chunks().subscribe(all);
    await(all.end);
    assertThat(all.textFrom(0)).isEqualTo("abcd");

    for (int cut = 0; cut < all.chunks.size(); cut++) {
      JobHandle next = client.follow(posted.id(), posted.place(), all.chunks.get(cut).position());
      Collector rest = new Collector(Long.MAX_VALUE);
      next.chunks().subscribe(rest);
      await(rest.end);
      assertThat(rest.chunks).isEqualTo(all.chunks.subList(cut + 1, all.chunks.size()));
      assertThat(await(next.result()).text()).isEqualTo("abcd");
      assertThat(await(next.result()).position()).isEqualTo(await(first.result()).position());
    }
  }

  @Test
  void whoStopsFollowingStopsNobodyElse() throws Exception {
    node.script(job -> job.start().say(0, "a"));
    PostedJob posted = await(client.post(JobRequest.of(ASK)));
    FakeNode.Job job = nextOf(posted.id());
    JobHandle leaving = client.follow(posted.id(), posted.place());
    JobHandle staying = client.follow(posted.id(), posted.place());
    await(leaving.submitted());
    leaving.stopFollowing();

    assertThat(failure(leaving.result()).code()).isEqualTo(JobException.CANCELLED);
    job.say(1, "b").done(1);
    assertThat(await(staying.result()).text()).isEqualTo("ab");
  }

  @Test
  void aSubmittedJobIsNotFollowedAndCannotBeLeft() throws Exception {
    node.script(job -> job.start().say(0, "a"));
    JobHandle handle = client.submit(JobRequest.of(ASK));
    FakeNode.Job job = nextOf(handle.id());

    handle.stopFollowing();

    job.say(1, "b").done(1);
    assertThat(await(handle.result()).text()).isEqualTo("ab");
  }

  @Test
  void followingWhatIsNotThereSaysSo() {
    JobHandle nothing = client.follow("x", new ReplyPlace(prefix + ".replies.nothing-here", 0, 0));

    assertThat(failure(nothing.result()).code()).isEqualTo(JobException.NO_SUCH_REPLY);
  }
}
