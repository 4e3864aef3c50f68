package dev.relevo.common.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** All at once: each has its own, and they wait for real seconds. */
@Execution(ExecutionMode.CONCURRENT)
class TopicInquiryTest {
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<Set<String>> requests = new ArrayList<>();
  private final Map<String, CompletableFuture<Integer>> answers = new HashMap<>();
  private int turn;
  private Runnable atTurn = () -> {};
  private final TopicInquiry inquiry = new TopicInquiry(this::kafka, timer);

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  private synchronized Map<String, CompletionStage<Integer>> kafka(Collection<String> topics) {
    requests.add(Set.copyOf(topics));
    if (requests.size() == turn) {
      atTurn.run();
    }
    Map<String, CompletionStage<Integer>> said = new HashMap<>();
    topics.forEach(
        topic -> said.put(topic, answers.computeIfAbsent(topic, any -> new CompletableFuture<>())));
    return said;
  }

  /** Runs something when the request with this number, from 1, comes. */
  private synchronized void beforeRequest(int number, Runnable what) {
    turn = number;
    atTurn = what;
  }

  private static CompletableFuture<Integer> completed(int partitions) {
    return CompletableFuture.completedFuture(partitions);
  }

  private synchronized void says(String topic, int partitions) {
    answers.computeIfAbsent(topic, any -> new CompletableFuture<>()).complete(partitions);
  }

  private synchronized void fails(String topic, RuntimeException failure) {
    answers.computeIfAbsent(topic, any -> new CompletableFuture<>()).completeExceptionally(failure);
  }

  private static TopicInquiry.Finding found(CompletableFuture<TopicInquiry.Finding> asked)
      throws Exception {
    return asked.get(20, TimeUnit.SECONDS);
  }

  @Test
  void whatIsAskedForMeanwhileGoesTogetherInTheNextRequest() throws Exception {
    CompletableFuture<TopicInquiry.Finding> first = inquiry.ask("a");
    CompletableFuture<TopicInquiry.Finding> second = inquiry.ask("b");
    CompletableFuture<TopicInquiry.Finding> third = inquiry.ask("c");
    says("b", 4);
    says("c", 1);
    assertThat(second).isNotDone();

    says("a", 1);

    assertThat(found(first).has(0)).isTrue();
    assertThat(found(second).has(3)).isTrue();
    assertThat(found(second).lacks(4)).isTrue();
    assertThat(found(third).has(0)).isTrue();
    assertThat(requests).containsExactly(Set.of("a"), Set.of("b", "c"));
  }

  @Test
  void aTopicIsMissingOnlyWhenThatWasSaidForTwoSeconds() throws Exception {
    fails("a", new UnknownTopicOrPartitionException("a"));
    long beganNanos = System.nanoTime();

    CompletableFuture<TopicInquiry.Finding> asked = inquiry.ask("a");
    assertThat(asked).isNotDone();

    assertThat(found(asked)).isEqualTo(new TopicInquiry.Finding.Missing());
    assertThat(requests).hasSize(TopicInquiry.TIMES_MISSING);
    assertThat(Duration.ofNanos(System.nanoTime() - beganNanos))
        .isGreaterThanOrEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void aTopicThatAppearsAtLastIsThere() throws Exception {
    fails("a", new UnknownTopicOrPartitionException("a"));
    beforeRequest(TopicInquiry.TIMES_MISSING, () -> answers.put("a", completed(1)));

    assertThat(found(inquiry.ask("a")).has(0)).isTrue();
  }

  @Test
  void aBrokerThatGoesMeanwhileLeavesItOpen() throws Exception {
    fails("a", new UnknownTopicOrPartitionException("a"));
    beforeRequest(
        2, () -> answers.put("a", CompletableFuture.failedFuture(new TimeoutException("away"))));

    assertThat(found(inquiry.ask("a"))).isEqualTo(new TopicInquiry.Finding.Unclear());
  }

  @Test
  void whoAsksLaterIsNotToldByWhatWasSaidEarlier() throws Exception {
    fails("a", new UnknownTopicOrPartitionException("a"));
    List<CompletableFuture<TopicInquiry.Finding>> late = new ArrayList<>();
    beforeRequest(TopicInquiry.TIMES_MISSING, () -> late.add(inquiry.ask("a")));

    assertThat(found(inquiry.ask("a"))).isEqualTo(new TopicInquiry.Finding.Missing());

    synchronized (this) {
      answers.put("a", completed(1));
    }
    assertThat(found(late.getFirst()).has(0)).isTrue();
  }

  @Test
  void aBrokerThatIsAwaySaysNothingOfATopic() throws Exception {
    fails("a", new TimeoutException("no answer"));

    TopicInquiry.Finding finding = found(inquiry.ask("a"));

    assertThat(finding.has(0)).isFalse();
    assertThat(finding.lacks(0)).isFalse();
  }

  @Test
  void whatKafkaDoesNotTellUsIsOpen() throws Exception {
    for (RuntimeException refusal :
        List.of(
            new TopicAuthorizationException(Set.of("a")),
            new SaslAuthenticationException("who are you"),
            new SslAuthenticationException("no such certificate"))) {
      String topic = refusal.getClass().getSimpleName();
      fails(topic, refusal);

      assertThat(found(inquiry.ask(topic))).isEqualTo(new TopicInquiry.Finding.Unclear());
    }
  }

  @Test
  void aNameThatKafkaTakesForNoTopicIsNotThere() throws Exception {
    fails("a", new InvalidTopicException("a"));

    assertThat(found(inquiry.ask("a")).lacks(0)).isTrue();
  }
}
