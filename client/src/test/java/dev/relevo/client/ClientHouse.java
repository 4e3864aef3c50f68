package dev.relevo.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.broker.TestBroker;
import dev.relevo.common.config.ReplyMode;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** A client in one of the reply modes, and a fake node to answer it, on a real broker. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ClientHouse {
  static final List<ChatMessage> ASK = List.of(ChatMessage.user("Why?"));

  private final ReplyMode mode;
  final String prefix;
  FakeNode node;
  JobClient client;

  ClientHouse(ReplyMode mode, String prefix) {
    this.mode = mode;
    this.prefix = prefix;
  }

  @BeforeAll
  void start() {
    node = new FakeNode(TestBroker.shared().bootstrapServers(), prefix);
    client = options().connect();
  }

  @AfterAll
  void stop() throws InterruptedException {
    if (client != null) {
      client.close();
    }
    node.stop();
  }

  JobClientOptions.Builder options() {
    return JobClientOptions.to(TestBroker.shared().bootstrapServers())
        .topics(node.layout())
        .replyMode(mode)
        .readyTopics(8)
        .chunkBuffer(16);
  }

  FakeNode node() {
    return node;
  }

  JobClient client() {
    return client;
  }

  static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(30, TimeUnit.SECONDS).join();
  }

  static JobException failure(CompletableFuture<?> future) {
    try {
      await(future);
    } catch (CompletionException e) {
      assertThat(e.getCause()).isInstanceOf(JobException.class);
      return (JobException) e.getCause();
    }
    throw new AssertionError("did not fail");
  }

  FakeNode.Job nextOf(String id) throws InterruptedException {
    FakeNode.Job job = node.next();
    while (!job.id.equals(id)) {
      job = node.next();
    }
    return job;
  }
}
