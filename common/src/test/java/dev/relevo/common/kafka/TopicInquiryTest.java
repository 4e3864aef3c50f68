package dev.relevo.common.kafka;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TopicInquiryTest {
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<Set<String>> requests = new ArrayList<>();
  private final Map<String, CompletableFuture<Integer>> answers = new HashMap<>();
  private final TopicInquiry inquiry = new TopicInquiry(this::kafka, timer);

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  private synchronized Map<String, CompletionStage<Integer>> kafka(Collection<String> topics) {
    requests.add(Set.copyOf(topics));
    Map<String, CompletionStage<Integer>> said = new HashMap<>();
    topics.forEach(
        topic -> said.put(topic, answers.computeIfAbsent(topic, any -> new CompletableFuture<>())));
    return said;
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
  void aTopicIsMissingOnlyWhenItIsSoTwice() throws Exception {
    fails("a", new UnknownTopicOrPartitionException("a"));

    CompletableFuture<TopicInquiry.Finding> asked = inquiry.ask("a");
    assertThat(asked).isNotDone();

    assertThat(found(asked)).isEqualTo(new TopicInquiry.Finding.Missing());
    assertThat(requests).hasSize(2);
  }

  @Test
  void aTopicThatAppearsInBetweenIsThere() throws Exception {
    fails("a", new UnknownTopicOrPartitionException("a"));
    CompletableFuture<TopicInquiry.Finding> asked = inquiry.ask("a");
    synchronized (this) {
      answers.put("a", CompletableFuture.completedFuture(1));
    }

    assertThat(found(asked).has(0)).isTrue();
  }

  @Test
  void aBrokerThatIsAwaySaysNothingOfATopic() throws Exception {
    fails("a", new TimeoutException("no answer"));

    TopicInquiry.Finding finding = found(inquiry.ask("a"));

    assertThat(finding.has(0)).isFalse();
    assertThat(finding.lacks(0)).isFalse();
  }

  @Test
  void aTopicThatIsNotForUsIsNotThere() throws Exception {
    fails("a", new TopicAuthorizationException(Set.of("a")));

    assertThat(found(inquiry.ask("a")).lacks(0)).isTrue();
  }
}
