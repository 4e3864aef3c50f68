package dev.relevo.node.kafka;

import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.ReplyRecord.Chunk;
import dev.relevo.node.WorkerNode;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/** A node on a real broker; the test is its dispatcher. */
abstract class NodeOnKafka {
  static final AtomicInteger NODES = new AtomicInteger();

  /** Each test class has its own: several run at once. */
  private static final Map<Class<?>, House> HOUSES = new ConcurrentHashMap<>();

  final House house = HOUSES.get(getClass());
  final ScriptedWorker worker = new ScriptedWorker("local", 10, true);
  WorkerNode node;

  @BeforeAll
  static void build(TestInfo test) {
    HOUSES.put(test.getTestClass().orElseThrow(), new House("node-" + UUID.randomUUID()));
  }

  @AfterAll
  static void leave(TestInfo test) {
    HOUSES.remove(test.getTestClass().orElseThrow()).close();
  }

  @BeforeEach
  void start() throws Exception {
    node = house.node("node-" + NODES.incrementAndGet(), 2, worker);
  }

  @AfterEach
  void stop() {
    node.kill();
  }

  static String text(List<ReplyRecord> replies) {
    StringBuilder text = new StringBuilder();
    for (ReplyRecord reply : replies) {
      if (reply instanceof Chunk chunk) {
        text.append(chunk.delta().content());
      }
    }
    return text.toString();
  }
}
