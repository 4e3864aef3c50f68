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
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Asks Kafka whether reply topics are there, which a producer finds out only by waiting for one
 * that is not. One request is under way at a time and asks for all that were wanted meanwhile, at
 * most {@value #MAX_TOPICS}; so a thousand vanished topics cost a few requests, and no thread.
 *
 * <p>A topic counts as missing when it was so twice, {@link #CONFIRM_AFTER} apart: a broker learns
 * of a new one a moment after its controller has made it. Thread-safe; answers come on Kafka's
 * thread or the timer's, and what follows them must be quick.
 */
@SuppressWarnings("FutureReturnValueIgnored") // every answer is handed on, whatever it is
public final class TopicInquiry {
  /** Topics in one request. */
  static final int MAX_TOPICS = 200;

  /** How much later a missing topic is asked for again. */
  static final Duration CONFIRM_AFTER = Duration.ofMillis(200);

  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);

  private final Function<Collection<String>, Map<String, CompletionStage<Integer>>> kafka;
  private final ScheduledExecutorService timer;
  private final Map<String, Question> wanted = new LinkedHashMap<>();
  private boolean asking;

  /** What Kafka says of a topic. */
  public sealed interface Finding {
    /**
     * It is there.
     *
     * @param partitions how many it has
     */
    record Found(int partitions) implements Finding {}

    /** It is not there, or not for us. */
    record Missing() implements Finding {}

    /** Kafka does not say: it is away, or slow. */
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

  private static final class Question {
    final CompletableFuture<Finding> answer = new CompletableFuture<>();
    boolean again;
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
    Question question = wanted.computeIfAbsent(topic, any -> new Question());
    askNext();
    return question.answer.copy();
  }

  /** Called with the lock held. */
  private void askNext() {
    if (asking || wanted.isEmpty()) {
      return;
    }
    Map<String, Question> batch = new LinkedHashMap<>();
    for (String topic : List.copyOf(wanted.keySet())) {
      if (batch.size() == MAX_TOPICS) {
        break;
      }
      batch.put(topic, wanted.remove(topic));
    }
    asking = true;
    ask(batch);
  }

  private void ask(Map<String, Question> batch) {
    List<CompletableFuture<?>> answers = new ArrayList<>();
    try {
      kafka
          .apply(batch.keySet())
          .forEach((topic, said) -> {
            Question question = batch.get(topic);
            if (question != null) {
              answers.add(
                  said.toCompletableFuture()
                      .handle((partitions, failure) -> finding(partitions, failure))
                      .thenAccept(finding -> answered(topic, question, finding)));
            }
          });
    } catch (RuntimeException e) {
      // The admin client is closed: nobody will answer.
      batch.forEach((topic, question) -> question.answer.complete(new Finding.Unclear()));
    }
    CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .whenComplete((all, failure) -> goOn());
  }

  private synchronized void goOn() {
    asking = false;
    askNext();
  }

  private void answered(String topic, Question question, Finding finding) {
    if (finding instanceof Finding.Missing && !question.again) {
      question.again = true;
      try {
        timer.schedule(
            () -> askAgain(topic, question), CONFIRM_AFTER.toMillis(), TimeUnit.MILLISECONDS);
        return;
      } catch (RejectedExecutionException e) {
        // The process ends; once has to do.
        question.answer.complete(finding);
        return;
      }
    }
    question.answer.complete(finding);
  }

  private synchronized void askAgain(String topic, Question question) {
    Question other = wanted.putIfAbsent(topic, question);
    if (other != null) {
      other.answer.thenAccept(question.answer::complete);
    }
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
    boolean certain =
        cause instanceof UnknownTopicOrPartitionException
            || (cause instanceof ApiException && !(cause instanceof RetriableException));
    return certain ? new Finding.Missing() : new Finding.Unclear();
  }
}
