package dev.relevo.client;

import dev.relevo.common.config.ReplyMode;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicRules;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.common.supervision.Supervisor;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;

/**
 * Submits jobs and reads their answers (protocol sections 1, 2 and 5). Thread-safe; a process needs
 * one.
 *
 * <pre>{@code
 * try (JobClient client = JobClient.connect("localhost:9092");
 *     Stream<String> text = client.stream(List.of(ChatMessage.user("Why is the sky blue?")))) {
 *   text.forEach(System.out::print);
 * }
 * }</pre>
 *
 * <p>Threads: callers hand jobs to Kafka's producer themselves; one thread ({@link ReplyLoop})
 * reads all answers and runs no code of callers, and another one, while there are any, all that are
 * followed ({@link FollowLoop}); a timer's thread makes and deletes reply topics; callers' code
 * (subscribers, and what depends on results) runs on virtual threads.
 */
@SuppressWarnings("FutureReturnValueIgnored") // callbacks and logs tell of failures
public final class JobClient implements AutoCloseable {
  /** How long after its deadline the end of a job is still waited for. */
  private static final Duration GRACE = Duration.ofMinutes(1);

  private static final Duration GIVE_UP_INTERVAL = Duration.ofSeconds(1);

  /** How long following waits for the next to be followed before it ends its thread. */
  private static final Duration FOLLOWING_IDLE = Duration.ofSeconds(30);

  /** No offset is before it. */
  private static final long BEGINNING = -1;

  private static final ReplyPlace NOWHERE = new ReplyPlace("none", 0, 0);

  private final JobClientOptions options;
  private final InstantSource clock = InstantSource.system();
  private final SecureRandom random = new SecureRandom();
  private final KafkaClients clients;
  private final TopicNames names;
  private final OpenJobs jobs = new OpenJobs();
  private final Followers followers;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Executor callbacks = task -> Thread.ofVirtual().name("relevo-callback").start(task);
  private final ClientTimer timer;
  private final JobSender sender;
  private final Admin admin;
  private final ReplyLoop loop;
  private final ReplyChannel channel;

  /**
   * Connects, and makes what the reply mode needs.
   *
   * @throws KafkaProblem when Kafka cannot be reached within the start timeout, or refuses
   */
  public JobClient(JobClientOptions options) {
    this.options = options;
    this.clients = new KafkaClients(options.kafka());
    this.names = options.topics().names();
    clients.awaitReachable(options.startTimeout());
    String name = options.clientId() == null ? newId() : options.clientId();
    timer = new ClientTimer();
    Producer<String, byte[]> producer =
        clients.producer(ProducerProfile.JOBS, "relevo-client-" + name);
    sender = new JobSender(clients, producer, names, clock);
    admin = clients.admin("relevo-client-" + name);
    boolean inbox = options.replyMode() == ReplyMode.INBOX;
    FetchWait wait = inbox ? FetchWait.STEADY : FetchWait.AHEAD;
    Supplier<Consumer<String, byte[]>> readers =
        () -> clients.assignedConsumer("relevo-client-" + name, wait, Start.EARLIEST);
    loop = new ReplyLoop(clients, readers.get(), jobs);
    TopicAdmin topics = new TopicAdmin(admin, options.topics(), options.kafka().bootstrapServers());
    channel =
        inbox
            ? new InboxChannel(
                names.inbox(name), options, topics, loop, timer, producer, this::newId)
            : new TopicChannel(options, topics, loop, timer, this::newId, readers);
    jobs.answeredThrough(channel);
    followers =
        new Followers(
            clients,
            () ->
                clients.assignedConsumer(
                    "relevo-client-follow-" + name, FetchWait.AHEAD, Start.EARLIEST),
            new PlaceInquiry(clients, admin, timer),
            options.maxFollowed(),
            Followers.MOST_TOPICS_READ,
            FOLLOWING_IDLE);
    start();
  }

  private void start() {
    try {
      daemon("relevo-client-replies").newThread(loop).start();
      channel.start();
      Supervisor.uncounted("The client")
          .part("time-outs")
          .repeat(timer, () -> jobs.giveUp(clock.millis()), GIVE_UP_INTERVAL, GIVE_UP_INTERVAL);
    } catch (RuntimeException e) {
      KafkaProblem problem = clients.problem(e, "starting the client");
      close();
      throw problem;
    }
  }

  private String newId() {
    return JobIds.create(clock.millis(), random);
  }

  /** A client with all defaults: a topic for each request, prefix {@code relevo}. */
  public static JobClient connect(String bootstrapServers) {
    return new JobClient(JobClientOptions.to(bootstrapServers).build());
  }

  /**
   * Asks, and gives the text as it comes. Taking the next element waits, and throws {@link
   * JobException} when the job fails; closing the stream before its end cancels the job.
   */
  public Stream<String> stream(List<ChatMessage> messages) {
    return submit(JobRequest.of(messages)).text();
  }

  /** Asks, and gives the whole text, or throws {@link JobException}. */
  public String complete(List<ChatMessage> messages) {
    return complete(JobRequest.of(messages)).text();
  }

  /** Runs a job to its end, or throws {@link JobException}. */
  public JobResult complete(JobRequest request) {
    try {
      return open(request, null).result().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof JobException failure) {
        throw failure;
      }
      throw e;
    }
  }

  /**
   * Submits a job. Whatever goes wrong, here or later, ends the handle's result and chunks with a
   * {@link JobException}. Waits only where Kafka does not keep up: for a reply topic or the
   * producer's buffer, at most 10 s each.
   */
  public JobHandle submit(JobRequest request) {
    ChunkBuffer buffer = new ChunkBuffer(options.chunkBuffer());
    OpenJob job = open(request, buffer);
    Runnable cancel = () -> sender.cancelQuietly(job.id(), "nobody reads the answer any more");
    return handle(job, buffer, cancel, () -> {});
  }

  /**
   * Submits a job whose answer this process does not read: once Kafka has it, nothing of it is
   * remembered here. Its answer stands in the client's inbox, or in a topic of its own, which
   * neither this client nor its closing deletes; anybody can {@link #follow} it there. Waits as
   * {@link #submit} does.
   *
   * @return completes when Kafka has acknowledged the job, exceptionally with {@link JobException}
   *     when not
   */
  public CompletableFuture<PostedJob> post(JobRequest request) {
    JobException refused = refuse(0, 1);
    if (refused == null) {
      refused = refuse(request.timeAllowed());
    }
    if (refused == null) {
      try {
        return post(request, channel.open());
      } catch (JobException e) {
        refused = e;
      }
    }
    return CompletableFuture.failedFuture(refused);
  }

  private CompletableFuture<PostedJob> post(JobRequest request, ReplyPlace place) {
    String given = request.id();
    PostedJob posted = new PostedJob(given == null ? channel.idFor(place) : given, place);
    // Before it is sent: where only the acknowledgement is lost, the place is needed all the same.
    channel.leave(place);
    return sender
        .submit(posted.id(), request, place)
        .handleAsync(
            (done, failure) -> {
              if (failure instanceof JobException notPosted) {
                throw notPosted;
              }
              return posted;
            },
            callbacks);
  }

  /**
   * Why this client reads no answers any more; empty while it does. It takes no jobs then either,
   * and has to be closed and made anew.
   */
  public Optional<String> complaint() {
    return Optional.ofNullable(jobs.broken()).map(JobException::getMessage);
  }

  /** Follows a job in its own reply topic, from its beginning. */
  public JobHandle follow(String job) {
    return follow(job, new ReplyPlace(names.replies(job), 0, 0));
  }

  /**
   * Follows a job in its reply place, from its beginning; any number may follow, now or later.
   * Where there is no such place, or what the job left there is gone, the handle fails with {@link
   * JobException#NO_SUCH_REPLY} or {@link JobException#REPLY_DELETED}.
   */
  public JobHandle follow(String job, ReplyPlace place) {
    return follow(job, place, BEGINNING);
  }

  /**
   * Follows a job in its reply place from where somebody has left off.
   *
   * @param afterPosition the {@link ReplyChunk#position} of the last chunk he was given: the handle
   *     gives the chunks and the text after it; -1 gives all. One that the place does not reach
   *     fails with {@link JobException#NO_SUCH_POSITION}
   */
  public JobHandle follow(String job, ReplyPlace place, long afterPosition) {
    ChunkBuffer buffer = new ChunkBuffer(options.chunkBuffer());
    OpenJob open = job(job, place, Long.MAX_VALUE, afterPosition, buffer);
    JobException refused = refuse(0, 1);
    if (refused != null) {
      open.fail(refused);
    } else {
      followers.add(open);
    }
    Runnable unfollow =
        () ->
            followers.remove(
                open,
                new JobException(JobException.CANCELLED, "Nobody follows the answer any more."));
    return handle(open, buffer, unfollow, unfollow);
  }

  /**
   * Closes the client, within the close timeout. Jobs that have not ended run on; their handles
   * fail with {@code client_closed}. Reply topics that were read are deleted, unless they are to
   * stay.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    Duration timeout = options.closeTimeout();
    JobException reason =
        new JobException(
            JobException.CLIENT_CLOSED,
            "The client was closed before the answer had ended; the job runs on.");
    // The timer's part writes to the inbox, so it goes before the producer.
    timer.end(timeout);
    sender.close(timeout);
    followers.close(reason);
    loop.stop(timeout);
    // Only now, for it may just have read the end of one.
    boolean jobsOpen = jobs.size() > 0;
    jobs.fail(reason);
    channel.close(jobsOpen);
    admin.close(timeout);
  }

  /**
   * Asks for a job to be stopped, whoever submitted it. Its answer then ends with code {@code
   * cancelled}, unless it ended first.
   *
   * @param reason for people
   * @return completes when Kafka has the request, exceptionally with {@link JobException} if not
   */
  public CompletableFuture<Void> cancel(String job, String reason) {
    return sender.cancel(job, reason);
  }

  private JobHandle handle(
      OpenJob job, ChunkBuffer buffer, Runnable onAbandoned, Runnable onUnfollowed) {
    ChunkPublisher publisher = new ChunkPublisher(buffer, callbacks);
    return new JobHandle(this, job, buffer, publisher, onAbandoned, onUnfollowed);
  }

  private OpenJob open(JobRequest request, @Nullable ChunkBuffer buffer) {
    JobException refused = refuse(jobs.size(), options.maxOpenJobs());
    Duration deadline = request.timeAllowed();
    if (refused == null) {
      refused = refuse(deadline);
    }
    if (refused == null) {
      try {
        return open(request, channel.open(), deadline, buffer);
      } catch (JobException e) {
        refused = e;
      }
    }
    String id = request.id();
    OpenJob failed = job(id == null ? "none" : id, NOWHERE, deadline, buffer);
    failed.fail(refused);
    return failed;
  }

  private OpenJob open(
      JobRequest request, ReplyPlace place, Duration deadline, @Nullable ChunkBuffer buffer) {
    String given = request.id();
    OpenJob job = job(given == null ? channel.idFor(place) : given, place, deadline, buffer);
    if (!jobs.add(job)) {
      channel.release(place);
      job.fail(
          new JobException(
              JobException.ALREADY_OPEN,
              "Job " + job.id() + " is open in this client already: wait for its handle."));
      return job;
    }
    sender
        .submit(job.id(), request, place)
        .whenComplete((done, failure) -> {
          if (failure instanceof JobException refused) {
            jobs.drop(job, refused);
          } else {
            job.acknowledge();
          }
        });
    return job;
  }

  private OpenJob job(
      String id, ReplyPlace place, Duration deadline, @Nullable ChunkBuffer buffer) {
    long giveUpAtMs = clock.millis() + deadline.plus(GRACE).toMillis();
    return job(id, place, giveUpAtMs, BEGINNING, buffer);
  }

  private OpenJob job(
      String id, ReplyPlace place, long giveUpAtMs, long after, @Nullable ChunkBuffer buffer) {
    return new OpenJob(id, place, giveUpAtMs, after, options.maxAnswerLength(), buffer, callbacks);
  }

  private @Nullable JobException refuse(int open, int bound) {
    if (closed.get()) {
      return new JobException(JobException.CLIENT_CLOSED, "The client is closed.");
    }
    if (open >= bound) {
      return new JobException(
          JobException.TOO_MANY_OPEN,
          "This client has " + open + " jobs open already: wait for some of them to end.");
    }
    return jobs.broken();
  }

  private @Nullable JobException refuse(Duration deadline) {
    Duration longest = options.replyRetention().minus(TopicRules.REPLY_MARGIN);
    return deadline.compareTo(longest) <= 0
        ? null
        : new JobException(
            FailureCodes.INVALID_REQUEST,
            "The deadline of "
                + deadline
                + " is longer than answers are kept, less an hour: raise replyRetention.");
  }

  private static ThreadFactory daemon(String name) {
    return Thread.ofPlatform().daemon().name(name).factory();
  }
}
