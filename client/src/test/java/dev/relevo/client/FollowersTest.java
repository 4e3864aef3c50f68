package dev.relevo.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.broker.TestBroker;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Many who follow answers with one thread and one consumer, on a real broker. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("FutureReturnValueIgnored") // sends are waited for by the answers
class FollowersTest {
  private static final Fence FENCE = new Fence(0, 1, 1);
  private static final int MOST_TOPICS_READ = 40;
  private static final Duration RETENTION = Duration.ofHours(25);

  private final Executor executor = task -> Thread.ofVirtual().start(task);
  private final AtomicInteger consumersMade = new AtomicInteger();
  private final ClientTimer timer = new ClientTimer();
  private KafkaClients clients;
  private Admin admin;
  private TopicAdmin topics;
  private Producer<String, byte[]> producer;
  private Followers followers;

  @BeforeAll
  void start() {
    String servers = TestBroker.shared().bootstrapServers();
    clients = new KafkaClients(KafkaAccess.to(servers));
    admin = clients.admin("followers-test");
    topics = new TopicAdmin(admin, new TopicLayout("followers", 2, 1, 1), servers);
    producer = clients.producer(ProducerProfile.REPLIES, "followers-test");
    followers = followers(2_500, Duration.ofSeconds(30));
  }

  @AfterAll
  void stop() {
    followers.close(new JobException(JobException.CLIENT_CLOSED, "The test is over."));
    timer.shutdownNow();
    producer.close();
    admin.close();
  }

  private Followers followers(int bound, Duration idle) {
    return followers(bound, idle, ConcurrentHashMap.newKeySet());
  }

  /**
   * @param threads gets those that read
   */
  private Followers followers(int bound, Duration idle, Set<Thread> threads) {
    return new Followers(
        clients,
        () -> {
          consumersMade.incrementAndGet();
          threads.add(Thread.currentThread());
          return clients.assignedConsumer("followers-test", FetchWait.AHEAD, Start.EARLIEST);
        },
        new PlaceInquiry(clients, admin, timer),
        bound,
        MOST_TOPICS_READ,
        idle);
  }

  private OpenJob job(String id, ReplyPlace place) {
    return new OpenJob(id, place, Long.MAX_VALUE, -1, 1_000_000, null, executor);
  }

  private OpenJob follow(String id, ReplyPlace place) {
    return follow(followers, id, place);
  }

  private OpenJob follow(Followers by, String id, ReplyPlace place) {
    OpenJob job = job(id, place);
    by.add(job);
    return job;
  }

  private void write(ReplyPlace place, String job, ReplyRecord record) {
    ProducerRecord<String, byte[]> reply =
        new ProducerRecord<>(place.topic(), place.partition(), job, MessageCodec.encode(record));
    MessageCodec.putFence(reply.headers(), FENCE);
    producer.send(reply);
  }

  private void answer(ReplyPlace place, String job) {
    write(place, job, new ReplyRecord.Started("n"));
    write(place, job, new ReplyRecord.Chunk(0, Delta.text("text of " + job)));
    write(place, job, new ReplyRecord.Done(0, FinishReason.STOP, null, "b", "m", 1));
  }

  private static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(30, TimeUnit.SECONDS).join();
  }

  private static String code(OpenJob job) {
    try {
      await(job.result());
    } catch (CompletionException e) {
      if (e.getCause() instanceof JobException failure) {
        return failure.code();
      }
      throw e;
    }
    throw new AssertionError("did not fail");
  }

  @Test
  void aThousandInOneInboxGetEachItsText() {
    int jobs = 1_000;
    int rounds = 10;
    String inbox = "followers.inbox.crowd";
    topics.createInbox(inbox, 4, RETENTION);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    Followers crowd = followers(2 * jobs, Duration.ofSeconds(30), threads);
    List<OpenJob> following = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      for (int number = 0; number < jobs; number++) {
        ReplyPlace place = new ReplyPlace(inbox, number % 4, 0);
        write(place, "job" + number, record(number, round, rounds));
        if (number % rounds == round) {
          following.add(follow(crowd, "job" + number, place));
          if (number % 3 == 0) {
            following.add(follow(crowd, "job" + number, place));
          }
        }
      }
    }

    assertThat(following).hasSizeGreaterThan(jobs);
    for (OpenJob job : following) {
      int number = Integer.parseInt(job.id().substring("job".length()));
      assertThat(await(job.result()).text()).isEqualTo(text(number, rounds));
    }
    assertThat(threads).hasSize(1);
    crowd.close(new JobException(JobException.CLIENT_CLOSED, "Enough."));
  }

  private static ReplyRecord record(int job, int round, int rounds) {
    if (round == 0) {
      return new ReplyRecord.Started("n");
    }
    if (round == rounds - 1) {
      return new ReplyRecord.Done(round - 2, FinishReason.STOP, null, "b", "m", 1);
    }
    return new ReplyRecord.Chunk(round - 1, Delta.text(job + "." + round + " "));
  }

  private static String text(int job, int rounds) {
    StringBuilder text = new StringBuilder();
    for (int round = 1; round < rounds - 1; round++) {
      text.append(job).append('.').append(round).append(' ');
    }
    return text.toString();
  }

  @Test
  void morePlacesThanOneConsumerReadsInItsLife() {
    int places = MOST_TOPICS_READ + 20;
    List<String> names = new ArrayList<>();
    for (int i = 0; i < places; i++) {
      names.add("followers.replies.many-" + i);
    }
    topics.createReplies(names, RETENTION);
    List<OpenJob> following = new ArrayList<>();
    for (String name : names) {
      following.add(follow("job", new ReplyPlace(name, 0, 0)));
    }
    following.forEach(job -> await(job.acknowledged()));
    int made = consumersMade.get();
    OpenJob more = follow("job", new ReplyPlace(names.getFirst(), 0, 0));
    names.forEach(name -> answer(new ReplyPlace(name, 0, 0), "job"));

    following.forEach(job -> assertThat(await(job.result()).text()).isEqualTo("text of job"));
    assertThat(await(more.result()).text()).isEqualTo("text of job");
    assertThat(made).isGreaterThan(1);
  }

  @Test
  void aPlaceThatVanishesEndsItsFollowersAndNoOthers() {
    ReplyPlace gone = new ReplyPlace("followers.replies.gone", 0, 0);
    ReplyPlace stays = new ReplyPlace("followers.replies.stays", 0, 0);
    topics.createReplies(List.of(gone.topic(), stays.topic()), RETENTION);
    OpenJob ending = follow("a", gone);
    OpenJob going = follow("b", stays);
    await(ending.acknowledged());
    await(going.acknowledged());
    topics.delete(List.of(gone.topic()));

    assertThat(code(ending)).isEqualTo(JobException.REPLY_DELETED);
    answer(stays, "b");
    assertThat(await(going.result()).text()).isEqualTo("text of b");
    assertThat(code(follow("a", gone))).isEqualTo(JobException.NO_SUCH_REPLY);
    assertThat(code(follow("a", new ReplyPlace(stays.topic(), 1, 0))))
        .isEqualTo(JobException.NO_SUCH_REPLY);
    assertThat(code(follow("a", new ReplyPlace("no topic's name", 0, 0))))
        .isEqualTo(JobException.NO_SUCH_REPLY);
    topics.delete(List.of(stays.topic()));
  }

  @Test
  void anAnswerWhoseBeginningIsGoneIsToldFromOneThatIsWhole() throws Exception {
    String inbox = "followers.inbox.old";
    topics.createInbox(inbox, 1, RETENTION);
    ReplyPlace place = new ReplyPlace(inbox, 0, 0);
    answer(place, "cut");
    answer(place, "whole");
    producer.flush();
    admin
        .deleteRecords(Map.of(new TopicPartition(inbox, 0), RecordsToDelete.beforeOffset(2)))
        .all()
        .get(30, TimeUnit.SECONDS);

    assertThat(code(follow("cut", place))).isEqualTo(JobException.REPLY_DELETED);
    assertThat(await(follow("whole", place).result()).text()).isEqualTo("text of whole");
    assertThat(code(follow("never", place))).isEqualTo(JobException.REPLY_DELETED);
    assertThat(code(follow("x", new ReplyPlace(inbox, 0, 100))))
        .isEqualTo(JobException.REPLY_DELETED);
  }

  @Test
  void aPositionThatThePlaceDoesNotReachIsRefused() {
    ReplyPlace place = new ReplyPlace("followers.replies.short", 0, 0);
    topics.createReplies(List.of(place.topic()), RETENTION);
    answer(place, "a");
    producer.flush();
    OpenJob last = new OpenJob("a", place, Long.MAX_VALUE, 2, 1_000, null, executor);
    OpenJob beyond = new OpenJob("a", place, Long.MAX_VALUE, 3, 1_000, null, executor);
    followers.add(last);
    followers.add(beyond);

    assertThat(await(last.result()).position()).isEqualTo(2);
    assertThat(code(beyond)).isEqualTo(JobException.NO_SUCH_POSITION);
  }

  @Test
  void endsItsThreadWhenNobodyFollowsAndBeginsAnew() {
    ReplyPlace place = new ReplyPlace("followers.replies.pauses", 0, 0);
    topics.createReplies(List.of(place.topic()), RETENTION);
    answer(place, "a");
    int before = consumersMade.get();
    Followers hasty = followers(10, Duration.ofMillis(1));
    for (int i = 0; i < 3; i++) {
      OpenJob job = job("a", place);
      hasty.add(job);
      assertThat(await(job.result()).text()).isEqualTo("text of a");
      while (hasty.isRunning()) {
        Thread.onSpinWait();
      }
    }
    assertThat(consumersMade.get()).isGreaterThanOrEqualTo(before + 3);
    // One who begins while it ends is not lost either.
    for (int i = 0; i < 5; i++) {
      OpenJob job = job("a", place);
      hasty.add(job);
      assertThat(await(job.result()).text()).isEqualTo("text of a");
    }
    hasty.close(new JobException(JobException.CLIENT_CLOSED, "Enough."));
    OpenJob late = job("a", place);
    hasty.add(late);
    assertThat(code(late)).isEqualTo(JobException.CLIENT_CLOSED);
  }

  @Test
  void takesNoMoreThanItsBoundAndGivesPlacesFree() {
    ReplyPlace place = new ReplyPlace("followers.replies.bound", 0, 0);
    topics.createReplies(List.of(place.topic()), RETENTION);
    Followers few = followers(1, Duration.ofSeconds(30));
    OpenJob first = job("a", place);
    OpenJob second = job("a", place);
    OpenJob third = job("a", place);
    few.add(first);
    few.add(second);
    assertThat(code(second)).isEqualTo(JobException.TOO_MANY_FOLLOWED);

    few.remove(first, new JobException(JobException.CANCELLED, "Enough."));
    assertThat(code(first)).isEqualTo(JobException.CANCELLED);
    few.add(third);
    answer(place, "a");
    assertThat(await(third.result()).text()).isEqualTo("text of a");
    few.close(new JobException(JobException.CLIENT_CLOSED, "Enough."));
  }
}
