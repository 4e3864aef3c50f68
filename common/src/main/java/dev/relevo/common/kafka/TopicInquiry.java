package dev.relevo.common.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Asks Kafka whether reply topics are there, which a producer finds out only by waiting for one
 * that is not. One request is under way at a time and asks for all that were wanted meanwhile, at
 * most {@value #MAX_TOPICS}; so a thousand vanished topics cost a few requests, and no thread.
 *
 * <p>A topic counts as missing when it was so {@value #TIMES_MISSING} times in a row, each {@link
 * #CONFIRM_AFTER} after the other: a broker learns of a new one a moment after its controller has
 * made it, a busy one later, and a good job would be cancelled. Everything else that Kafka says
 * instead of a description, that it does not know us or that the topic is not for us, leaves it
 * open. Thread-safe; answers come on Kafka's thread or the timer's, and what follows them must be
 * quick.
 */
@SuppressWarnings("FutureReturnValueIgnored") // every answer is handed on, whatever it is
public final class TopicInquiry {
  /** Topics in one request. */
  static final int MAX_TOPICS = 200;

  /** So often it is said of a topic that it is missing, to each who asks, before that counts. */
  static final int TIMES_MISSING = 5;

  /** How much later a missing topic is asked for again. */
  static final Duration CONFIRM_AFTER = Duration.ofMillis(500);

  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);

  private final Function<Collection<String>, Map<String, CompletionStage<Integer>>> kafka;
  private final ScheduledExecutorService timer;
  private final Map<String, List<Question>> wanted = new LinkedHashMap<>();
  private boolean asking;

  /** What Kafka says of a topic. */
  public sealed interface Finding {
    /**
     * It is there.
     *
     * @param partitions how many it has
     */
    record Found(int partitions) implements Finding {}

    /** It is not there. */
    record Missing() implements Finding {}

    /** Kafka does not say: it is away, or slow, or does not tell us. */
    record Unclear() implements Finding {}

    /** Whether the partition is there to be written to; false as well where that is unclear. */
    default boolean has(int partition) {
      return this instanceof Found found && partition < found.partitions();
    }

    /** Whether it is certain that nobody can write to the partition. */
    default boolean lacks(int partition) {
      return !(this instanceof Unclear) && !has(partition);
    }
  }

  /** Everyone's own: who asks later knows less of how long a topic has been missing. */
  private static final class Question {
    final CompletableFuture<Finding> answer = new CompletableFuture<>();
    int timesMissing;
  }

  /**
   * @param admin not closed here
   * @param timer runs short tasks later
   */
  public TopicInquiry(Admin admin, ScheduledExecutorService timer) {
    this(topics -> describe(admin, topics), timer);
  }

  TopicInquiry(
      Function<Collection<String>, Map<String, CompletionStage<Integer>>> kafka,
      ScheduledExecutorService timer) {
    this.kafka = kafka;
    this.timer = timer;
  }

  private static Map<String, CompletionStage<Integer>> describe(
      Admin admin, Collection<String> topics) {
    int timeoutMs = Math.toIntExact(ANSWER_TIMEOUT.toMillis());
    Map<String, CompletionStage<Integer>> answers = new HashMap<>();
    admin
        .describeTopics(topics, new DescribeTopicsOptions().timeoutMs(timeoutMs))
        .topicNameValues()
        .forEach((name, description) ->
            answers.put(name, description.toCompletionStage().thenApply(TopicInquiry::partitions)));
    return answers;
  }

  private static int partitions(TopicDescription description) {
    return description.partitions().size();
  }

  /** Asks for a topic; the answer comes, whatever it is, and never exceptionally. */
  public synchronized CompletableFuture<Finding> ask(String topic) {
    Question question = new Question();
    wanted.computeIfAbsent(topic, any -> new ArrayList<>()).add(question);
    askNext();
    return question.answer.copy();
  }

  /** Called with the lock held. */
  private void askNext() {
    if (asking || wanted.isEmpty()) {
      return;
    }
    Map<String, List<Question>> batch = new LinkedHashMap<>();
    for (String topic : List.copyOf(wanted.keySet())) {
      if (batch.size() == MAX_TOPICS) {
        break;
      }
      batch.put(topic, wanted.remove(topic));
    }
    asking = true;
    ask(batch);
  }

  private void ask(Map<String, List<Question>> batch) {
    List<CompletableFuture<?>> answers = new ArrayList<>();
    try {
      kafka
          .apply(batch.keySet())
          .forEach((topic, said) -> {
            List<Question> questions = batch.get(topic);
            if (questions != null) {
              answers.add(
                  said.toCompletableFuture()
                      .handle((partitions, failure) -> finding(partitions, failure))
                      .thenAccept(finding -> answered(topic, questions, finding)));
            }
          });
    } catch (RuntimeException | Error e) {
      // Mostly the admin client is closed: nobody will answer.
      batch.values().forEach(questions -> tell(questions, new Finding.Unclear()));
    }
    CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .whenComplete((all, failure) -> goOn());
  }

  private synchronized void goOn() {
    asking = false;
    askNext();
  }

  private void answered(String topic, List<Question> questions, Finding finding) {
    if (!(finding instanceof Finding.Missing)) {
      tell(questions, finding);
      return;
    }
    List<Question> certain = new ArrayList<>();
    List<Question> doubtful = new ArrayList<>();
    for (Question question : questions) {
      question.timesMissing++;
      (question.timesMissing < TIMES_MISSING ? doubtful : certain).add(question);
    }
    if (!doubtful.isEmpty()) {
      try {
        timer.schedule(
            () -> askAgain(topic, doubtful), CONFIRM_AFTER.toMillis(), TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        // The process ends, and will never know.
        tell(doubtful, new Finding.Unclear());
      }
    }
    tell(certain, finding);
  }

  private static void tell(List<Question> questions, Finding finding) {
    questions.forEach(question -> question.answer.complete(finding));
  }

  private synchronized void askAgain(String topic, List<Question> questions) {
    wanted.computeIfAbsent(topic, any -> new ArrayList<>()).addAll(questions);
    askNext();
  }

  private static Finding finding(@Nullable Integer partitions, @Nullable Throwable failure) {
    if (partitions != null) {
      return new Finding.Found(partitions);
    }
    Throwable cause = failure;
    while (cause != null
        && cause.getCause() != null
        && (cause instanceof CompletionException || cause instanceof ExecutionException)) {
      cause = cause.getCause();
    }
    boolean missing =
        cause instanceof UnknownTopicOrPartitionException || cause instanceof InvalidTopicException;
    return missing ? new Finding.Missing() : new Finding.Unclear();
  }
}
