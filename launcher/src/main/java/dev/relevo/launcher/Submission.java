package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.common.protocol.TopicNames;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * One job of a tool, from its record to the end of its answer. A tool lives for one job, so it
 * makes one reply topic, while the model is looked up and the producer gets ready, and deletes it
 * in the end.
 */
final class Submission {
  /** How long it may stay silent before it says what it waits for. */
  private static final Duration SILENCE = Duration.ofSeconds(2);

  private final Terminal terminal;
  private final Settings settings;
  private final JobRequest request;
  private final KafkaClients clients;
  private final TopicNames topics;
  private final HouseTopics house;
  private final String job = JobIds.create(InstantSource.system().millis(), new SecureRandom());
  private final String replyTopic;

  Submission(Terminal terminal, Settings settings, JobRequest request) {
    this.terminal = terminal;
    this.settings = settings;
    this.request = request;
    this.clients = KafkaDoor.open(settings.kafka());
    this.topics = new TopicNames(settings.kafka().topics().prefix());
    this.house = new HouseTopics(clients, settings.kafka().topics());
    this.replyTopic = topics.replies(job);
  }

  /**
   * Sends the job and does not wait for its answer.
   *
   * @param toolOptions what {@code follow} has to be called with
   */
  int detach(String toolOptions) throws Exception {
    try (JobSender sender = new JobSender(clients, topics)) {
      send(sender);
    }
    terminal.out().println(job);
    terminal.err().println("Follow it with: ./relevo follow" + toolOptions + " " + job);
    terminal.err().println("Cancel it with: ./relevo cancel" + toolOptions + " " + job);
    return ExitCode.DONE;
  }

  /**
   * Sends the job and prints its answer as it comes.
   *
   * @param json whether as records for programs
   */
  int stream(boolean json) throws Exception {
    StopSignal stop = terminal.stopSignal().get();
    try (JobSender sender = new JobSender(clients, topics);
        AnswerReader reader = new AnswerReader(clients, job, replyTopic)) {
      String model = send(sender);
      terminal.err().println("Job " + job + " for " + model);
      WaitNotes notes = new WaitNotes(clients, settings.kafka(), model);
      AnswerPrinter printer = new AnswerPrinter(terminal, json, notes::next);
      CompletableFuture<Void> stopping = stop.asked().thenRun(reader::stop);
      boolean ended = reader.read(printer, SILENCE);
      stopping.cancel(false);
      if (!ended) {
        sender.cancel(job, "nobody waits for the answer any more");
        printer.note("Cancelled job " + job + ".");
        return stop.asked().isDone() ? ExitCode.INTERRUPTED : ExitCode.FAILED;
      }
      deleteReplyTopic();
      return printer.exitCode();
    }
  }

  /** Returns the model that was asked for. */
  private String send(JobSender sender) throws Exception {
    String lane = topics.lane(request.lane());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      CompletableFuture<String> choosing = CompletableFuture.supplyAsync(this::model, threads);
      CompletableFuture<Void> creating =
          CompletableFuture.runAsync(this::createReplyTopic, threads);
      sender.prepare(lane);
      String model = choosing.get();
      creating.get();
      sender.send(lane, job, request.headers(model, replyTopic), request.body(model));
      return model;
    }
  }

  private String model() {
    String asked = request.model();
    if (asked != null) {
      return asked;
    }
    return PreferredModel.of(clients, topics);
  }

  private void createReplyTopic() {
    Duration retention = settings.client().replyTopicRetention();
    house.with(admin -> {
      admin.createReplies(List.of(replyTopic), retention);
      return replyTopic;
    });
  }

  private void deleteReplyTopic() {
    house.with(admin -> {
      admin.delete(List.of(replyTopic));
      return replyTopic;
    });
  }
}
